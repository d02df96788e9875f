"""Models that name what a picture shows, one file a model."""
