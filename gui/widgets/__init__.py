"""Widgets that take values in and give signals out; none asks the engine for anything."""
