"""Models that name what each pixel shows, one file a model."""
