"""Measurements of the interface; each module has `measure()` and is found by name."""
