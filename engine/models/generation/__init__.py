"""Models that make pictures of noise, by learning from a discriminator."""
