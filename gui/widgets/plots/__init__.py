"""Plots by pyqtgraph, in the colours of the theme: zoomed, read out, exported, used by keys.

Only the modules that draw import pyqtgraph, which takes half a second; nothing that is shown at the
first paint may import them. `ticks` and `exports_made` are free of it.
"""
