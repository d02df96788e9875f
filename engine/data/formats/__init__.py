"""Annotation file formats; one format a file."""
