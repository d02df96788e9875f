"""Models that learn a short code of pictures, one file a model."""
