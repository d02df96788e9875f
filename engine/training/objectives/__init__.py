"""Objectives: what is minimised and what is measured, one file a family of models."""
