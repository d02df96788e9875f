"""Measurements of the engine, one file a subject, each with `measure() -> list[Measurement]`."""
