"""Ground floor of the engine: registry, devices, weights, atomic files."""
