"""The parts of the main window: menus, pages, engine start, crash reports, session."""
