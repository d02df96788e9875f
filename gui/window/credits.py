"""The libraries that the program uses, for the about box."""

from __future__ import annotations

from importlib import metadata

from gui.widgets.about import LibraryCredit

_LIBRARIES = (
    ("PySide6-Essentials", "LGPL-3.0", "the interface"),
    ("pyqtgraph", "MIT", "plots"),
    ("superqt", "BSD-3-Clause", "sliders with numbers"),
    ("qtawesome", "MIT; icons Apache-2.0", "Material Design icons"),
    ("matplotlib", "PSF-based", "typeset formulas"),
    ("numpy", "BSD-3-Clause", "arrays"),
    ("pillow", "MIT-CMU", "reading pictures"),
    ("av", "BSD-3-Clause; the FFmpeg inside LGPL and GPL", "films and recordings as MP4"),
    ("tifffile", "BSD-3-Clause", "TIFF pictures"),
    ("PyYAML", "MIT", "YOLO data set files"),
    ("torch", "BSD-3-Clause", "models"),
    ("torchvision", "BSD-3-Clause", "models and their weights"),
    ("opencv-python", "Apache-2.0", "pictures, cascades, HOG"),
    ("scikit-image", "BSD-3-Clause", "sample photographs"),
    ("scikit-learn", "BSD-3-Clause", "digits, linear models"),
    ("faster-coco-eval", "Apache-2.0", "COCO's numbers of detectors"),
    ("supervision", "MIT", "boxes as the tracker takes them"),
    ("trackers", "Apache-2.0", "ByteTrack"),
    ("safetensors", "Apache-2.0", "weight files"),
    ("tensorboard", "Apache-2.0", "event files"),
    ("cv2-enumerate-cameras", "MIT", "names of cameras"),
    ("onnx", "Apache-2.0", "networks as graphs"),
    ("onnxruntime", "MIT", "fast inference on the CPU"),
    ("platformdirs", "MIT", "places for settings and logs"),
    ("psutil", "BSD-3-Clause", "memory in use"),
    ("tqdm", "MPL-2.0 and MIT", "progress in the terminal"),
)


def credited_libraries() -> list[LibraryCredit]:
    """Return name, installed version, licence and purpose of each library."""
    return [
        LibraryCredit(name, _version(name), licence, purpose)
        for name, licence, purpose in _LIBRARIES
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
