"""The interface: Qt only; all maths is asked of the engine through gui.bridge.

How it fits together, from the outside in:

application  makes the QApplication, the theme and the one window; `build_window` is also what tests
             and screenshots call
main_window, window  put rail, menus, pages, task bar and dialogs together; decide nothing
pages        one screen a folder, found by a scan of `PAGE = PageSpec(...)`; a page makes requests,
             says what they are about, and shows the answers. Pages on one picture share a scaffold
workbench    what the pages share: the engine's client, the session, the settings, the models
bridge       the only place that runs the engine. A `PageRequest` is one question of a page: it
             carries what it is about, is busy until it ends, and answers only while that is still
             looked at. An `EngineStream` asks many times a second, the latest wins
document     the open pictures and their shapes; every edit can be undone and redone
widgets      what two pages or more use: values in, signals out, never a request. `canvas` paints
             the picture, `plots` wraps pyqtgraph, `tiles` lays out the steps of a trace, the config
             form builds itself from any config dataclass
theme, style_sheet  every colour by its role, for both themes; no colour stands anywhere else
runs_folder  where the runs of this person lie, for the page that makes them and those that use them
plain_text   names of files and classes are shown letter for letter: labels, tips, menus, titles

What holds everywhere: nothing over ten milliseconds runs on the interface thread; a worker never
touches a widget; a control has a name (`named()`), by which tests, screen readers and the list of
controls in controls.md know it; keys work wherever the focus is inside a page.
"""
