"""Building blocks that several models and traces share."""
