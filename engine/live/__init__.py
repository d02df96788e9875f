"""A running picture: its sources, the pipeline, and what is done with what is found."""
