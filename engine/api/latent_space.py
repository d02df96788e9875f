"""Where codes lie: clouds of encoded pictures, maps of them, manifolds and traversals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.api.latent import Floats, LatentSource, Pixels

MapMethod = Literal["axes", "pca", "t-sne"]
STORED = "stored"
"""As data of `EncodeData`: the codes that were written beside the weights when they were made."""

_NEIGHBOURS = 6


@dataclass(frozen=True, slots=True, eq=False)
class EncodeData:
    """Encode a data set; answers `LatentCloud`.

    Attributes:
        data: `stored`, or a name or path of a data set. For models without an encoder the cloud
            is drawn from the prior whatever the data.
        limit: at most so many pictures, evenly spread.
        split: None for the one held out.
    """

    source: LatentSource
    data: str = STORED
    limit: int = 2000
    split: str | None = None
    seed: int = 0

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Encoding {self.data}"


@dataclass(frozen=True, slots=True)
class ReadyAttribute:
    """Something that some pictures of a cloud have and others have not.

    Attributes:
        with_it: indices of pictures; `without` of others.
    """

    name: str
    with_it: tuple[int, ...]
    without: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LatentCloud:
    """Codes of many pictures.

    Attributes:
        latents: (N, Z).
        class_indices: (N,) into `classes`; -1 where unknown.
        thumbnails: RGB uint8 (N, H, W, 3) of the encoded pictures; None where only codes are known.
        centre: mean of the codes, (Z,); `spread` their standard deviation, (Z,).
        components: principal directions as rows, unit length, most varied first, (K, Z).
        deviations: standard deviation along each, (K,).
        kl: nats per axis, averaged over pictures, (Z,); None without a posterior.
        is_active: (Z,) whether the variance of the posterior mean is above 0.01; None likewise.
        about: one sentence: what was encoded.
        log_variances: of the posteriors, (N, Z); None without.
        attributes: that are known of these pictures, such as glasses.
    """

    source: LatentSource
    latents: Floats
    class_indices: NDArray[np.int64]
    classes: tuple[str, ...]
    thumbnails: Pixels | None
    centre: Floats
    spread: Floats
    components: Floats
    deviations: Floats
    kl: Floats | None
    is_active: NDArray[np.bool_] | None
    about: str
    log_variances: Floats | None = None
    attributes: tuple[ReadyAttribute, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ProjectLatents:
    """Lay codes out on a plane; answers `LatentMap`.

    Attributes:
        latents: (N, Z).
        axes: the two latent axes, or the two principal directions, that span the plane.
    """

    latents: Floats
    method: MapMethod = "pca"
    axes: tuple[int, int] = (0, 1)
    seed: int = 0

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return "Laying out the map"


@dataclass(frozen=True, slots=True, eq=False)
class LatentMap:
    """A plane of codes, with the way from the plane back to codes.

    Attributes:
        positions: (N, 2).
        latents: (N, Z) that were laid out.
        centre: (Z,); `directions` (2, Z), unit length: the plane, unless the method is t-SNE, which
            has no plane: there a place is the mean of the nearest codes, weighted by closeness.
    """

    method: MapMethod
    positions: Floats
    latents: Floats
    centre: Floats
    directions: Floats | None

    def place_of(self, latents: Floats) -> Floats:
        """Return where codes (N, Z) lie on the plane, (N, 2)."""
        if self.directions is not None:
            return np.asarray((latents - self.centre) @ self.directions.T, np.float32)
        found = []
        for code in latents:
            distances = np.square(self.latents - code).sum(axis=1)
            found.append(self._mean_of_nearest(distances, self.positions))
        return np.asarray(found, np.float32).reshape(-1, 2)

    def code_at(self, x: float, y: float, current: Floats) -> Floats:
        """Return the code (Z,) at a place; what the plane does not say is kept of `current`."""
        place = np.array([x, y], np.float32)
        if self.directions is not None:
            here = (current - self.centre) @ self.directions.T
            return np.asarray(current + (place - here) @ self.directions, np.float32)
        distances = np.square(self.positions - place).sum(axis=1)
        return self._mean_of_nearest(distances, self.latents)

    @staticmethod
    def _mean_of_nearest(distances: Floats, values: Floats) -> Floats:
        count = min(_NEIGHBOURS, len(values))
        nearest = np.argpartition(distances, count - 1)[:count]
        weights = 1 / (distances[nearest] + 1e-9)
        return np.asarray(weights @ values[nearest] / weights.sum(), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class DrawManifold:
    """Decode a grid over two directions; answers `DecodedPictures` with one sheet.

    Attributes:
        base: (Z,), what the other directions keep.
        directions: (2, Z); to the right, and down.
        count: pictures a side.
        is_inverse_cdf: spaced so that equal shares of a unit Gaussian lie between the pictures,
            times `reach` / 3; else evenly over +-`reach`.
        reach: in units of the directions' length.
    """

    source: LatentSource
    base: Floats
    directions: Floats
    count: int = 20
    is_inverse_cdf: bool = True
    reach: float = 3.0
    class_index: int | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return "Drawing the manifold"


@dataclass(frozen=True, slots=True, eq=False)
class TraverseLatents:
    """Decode one row a direction, from -`reach` to +`reach`; answers `DecodedPictures`, one sheet.

    Attributes:
        base: (Z,).
        directions: (K, Z): a row each; `latents` of the answer is (K * count, Z).
    """

    source: LatentSource
    base: Floats
    directions: Floats
    count: int = 9
    reach: float = 3.0
    class_index: int | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return "Traversing the axes"
