"""The interface: Qt only; all maths is asked of the engine through gui.bridge."""
