"""Metrics: what is reported, never what is minimised."""
