"""The only place of the interface that runs the engine."""
