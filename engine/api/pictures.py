"""Pictures, folders of pictures, and the requests about them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:  # the window is painted before numpy is there
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PIXEL_LIMIT = 200_000_000
"""Pictures with more pixels are refused before decoding."""

ValueRange = Literal["automatic", "stored", "stretched"]
"""Which values become black and white where a picture has 16 bits a value.

`stored`: 0 and 65535. `automatic`: the same, unless no value needs more than 12 bits, as of cameras
that store 10 or 12 bits in 16; then 0 and the largest value of so many bits. `stretched`: the
smallest and the largest value that occur.
"""

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
    | {".pgm", ".ppm", ".pnm", ".pbm", ".gif"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A decoded picture, upright, as it is shown, given to models and exported.

    Attributes:
        pixels: RGB uint8 (H, W, 3), read-only.
        path: where it came from; None for pasted and drawn pictures.
        mode: how the file stores it: "grey 16-bit", "CMYK", "palette", "RGB with alpha", …
        source_values: the stored values where `pixels` lost some, (H, W) or (H, W, C), else None.
    """

    pixels: NDArray[np.uint8]
    path: Path | None
    mode: str
    source_values: NDArray[np.generic] | None = None

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class LoadPicture:
    """Decode a file; answers `Picture`, raises PictureError naming the file and the reason."""

    path: Path
    pixel_limit: int = DEFAULT_PIXEL_LIMIT
    value_range: ValueRange = "automatic"

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Opening {self.path.name}"


@dataclass(frozen=True, slots=True)
class LoadThumbnail:
    """Decode a small version; answers `Thumbnail`. A bad file gives one with a reason."""

    path: Path
    side_px: int = 96
    pixel_limit: int = DEFAULT_PIXEL_LIMIT
    caption: ClassVar[str] = "Thumbnails"


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A picture reduced to fit a square.

    Attributes:
        pixels: RGB uint8 (h, w, 3), the longer side `side_px`; None where the file is bad.
        problem: why there are no pixels; empty otherwise.
        size: width and height of the whole picture in pixels; None where unknown.
    """

    path: Path
    pixels: NDArray[np.uint8] | None
    problem: str = ""
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ListFolder:
    """Find the pictures below a folder by name alone, without opening them.

    Reports `tuple[Path, ...]` in batches as the detail of its progress, in no order; answers all
    of them in natural order (2 before 10).
    """

    folder: Path
    is_recursive: bool = False

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Listing {self.folder.name}"


@dataclass(frozen=True, slots=True)
class SampleCard:
    """One picture of the gallery.

    Attributes:
        key: given to LoadSample.
        note: what to try with it, one sentence.
        credit: author and licence.
    """

    key: str
    title: str
    note: str
    credit: str


@dataclass(frozen=True, slots=True)
class ListSamples:
    """Ask for the gallery; answers `tuple[SampleCard, ...]`."""

    caption: ClassVar[str] = "Listing samples"


@dataclass(frozen=True, slots=True)
class LoadSample:
    """Load or draw a sample; answers `Sample`."""

    key: str

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Opening {self.key}"


@dataclass(frozen=True, slots=True, eq=False)
class WritePicture:
    """Write a picture, atomically, in the format of the suffix; answers its Path.

    Attributes:
        pixels: RGB uint8 (H, W, 3).
        target: where to; a file of that name is replaced.
    """

    pixels: NDArray[np.uint8]
    target: Path

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Writing {self.target.name}"
