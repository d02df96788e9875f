"""The Detect page: run a detector, filter its boxes live, step through the suppression."""

from gui.pages.detect.page import DetectPage
from gui.workbench import PageSpec

PAGE = PageSpec("detect", "Detect", "mdi6.image-search-outline", 20, DetectPage)
