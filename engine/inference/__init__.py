"""A picture in, a result of engine.api out."""
