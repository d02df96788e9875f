"""The version of the program, for both of its faces."""

VERSION = "0.9.0"
"""Major, minor, patch, as of https://semver.org; before 1.0 a minor version may change files."""
