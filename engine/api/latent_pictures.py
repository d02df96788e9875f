"""Pictures made of codes: samples and their nearest neighbours, walks, films, comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.latent import Floats, LatentSource, Pixels

Sampling = Literal["prior", "gaussian", "mixture"]
"""The model's own prior, or a Gaussian or a mixture of Gaussians fitted to encoded pictures."""

Blend = Literal["lerp", "slerp"]


@dataclass(frozen=True, slots=True, eq=False)
class SampleLatents:
    """Draw codes and decode them; answers `SampledPictures`.

    Attributes:
        class_index: for models conditioned on a class; None for all in turn.
        truncation: factor of the distance from the centre, in (0, 2].
        sampling: `gaussian` and `mixture` are fitted to `cloud`.
        cloud: (M, Z) encoded pictures; needed where the model's prior is `none`.
        components: of the mixture.
    """

    source: LatentSource
    count: int = 64
    class_index: int | None = None
    seed: int = 0
    truncation: float = 1.0
    sampling: Sampling = "prior"
    cloud: Floats | None = None
    components: int = 10

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Sampling {self.source.model_key}"


@dataclass(frozen=True, slots=True, eq=False)
class SampledPictures:
    """Pictures that nobody took.

    Attributes:
        latents: (N, Z).
        pixels: RGB uint8 (N, H, W, 3).
        class_indices: asked of the model, (N,); None where it is conditioned on none.
        called: class that the digit network sees in each, (N,), or None where it does not apply.
    """

    latents: Floats
    pixels: Pixels
    class_indices: NDArray[np.int64] | None
    called: NDArray[np.int64] | None


@dataclass(frozen=True, slots=True, eq=False)
class FindNearest:
    """Find the training picture nearest to each picture; answers `NearestPictures`.

    By squared difference of values, at the model's size.
    """

    source: LatentSource
    pixels: Pixels
    data: str

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Looking for the nearest of {self.data}"


@dataclass(frozen=True, slots=True, eq=False)
class NearestPictures:
    """The nearest picture of a data set for each of N.

    Attributes:
        pixels: RGB uint8 (N, H, W, 3).
        indices: (N,) in the training split.
        errors: (N,) mean squared difference of values in [0, 1].
    """

    pixels: Pixels
    indices: NDArray[np.int64]
    errors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Interpolate:
    """Go from code to code; answers `LatentPath`.

    Attributes:
        keyframes: (K, Z), two or more.
        frames: pictures from one keyframe to the next, the first counted.
        blend: straight, or along the sphere with the length going evenly.
        is_closed: whether it returns to the first.
    """

    source: LatentSource
    keyframes: Floats
    frames: int = 12
    blend: Blend = "slerp"
    is_closed: bool = False
    class_index: int | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return "Interpolating"


@dataclass(frozen=True, slots=True, eq=False)
class LatentPath:
    """A walk through the latent space.

    Attributes:
        latents: (F, Z).
        pixels: RGB uint8 (F, H, W, 3).
        lengths: Euclidean norm of each code, (F,).
    """

    latents: Floats
    pixels: Pixels
    lengths: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SaveAnimation:
    """Write frames as a film; answers the path.

    Attributes:
        frames: RGB uint8 (F, H, W, 3).
        target: `.gif` or `.mp4`.
        frames_per_second: 1 to 60.
        side_px: shorter side of the film; small pictures are enlarged by whole numbers.
    """

    frames: Pixels
    target: Path
    frames_per_second: int = 12
    side_px: int = 256

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Writing {self.target.name}"


@dataclass(frozen=True, slots=True, eq=False)
class CompareReconstructions:
    """Encode and decode the same pictures with several models; answers `Reconstructions`.

    Attributes:
        sources: one row each.
        data: name or path of a data set; `pictures` in its place where given.
        count: pictures, evenly spread over the held-out split.
    """

    sources: tuple[LatentSource, ...]
    data: str = ""
    pictures: tuple[Pixels, ...] = ()
    count: int = 10

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return "Comparing reconstructions"


@dataclass(frozen=True, slots=True, eq=False)
class Reconstructions:
    """The same pictures through several models.

    Attributes:
        originals: RGB uint8 (N, H, W, 3).
        rows: a (N, H, W, 3) each model.
        names: of the weights, with their number of axes.
        errors: mean squared difference of each row, of values in [0, 1].
    """

    originals: Pixels
    rows: tuple[Pixels, ...]
    names: tuple[str, ...]
    errors: tuple[float, ...]
