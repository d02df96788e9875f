"""Measurements of the interface; each module has `measure()` and is found by name."""


def platform() -> str:
    """Return what windows are drawn on: `xcb` is X11, `offscreen` no display at all."""
    from gui.benchmarks._screen import application

    return application().platformName()
