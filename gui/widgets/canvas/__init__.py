"""The one picture canvas."""
