"""One screen a module; each declares PAGE and is found by a package scan."""
