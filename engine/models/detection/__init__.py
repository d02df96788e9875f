"""Detectors; one file a model or a family that shares its constructor."""
