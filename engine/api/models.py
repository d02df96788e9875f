"""What can be known about a model without building it, and the requests about models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from engine.api.parameters import NoParameters
from engine.api.training import TrainConfig

Task = Literal[
    "detection", "segmentation", "classification", "representation", "generation", "translation"
]
Origin = Literal["shipped", "built-in", "download", "run"]


@dataclass(frozen=True, slots=True)
class WeightsCard:
    """One set of trained parameters of a model.

    Attributes:
        name: as given to `--weights`; of a run, its folder.
        origin: `shipped` with this project, `built-in` in a library, to `download`, or of a `run`
            on this machine.
        data: what it was trained on.
        metric: what it reaches and on which data, as its makers measured it; may be empty.
        bytes: size of the file, 0 where there is none.
        licence: of the weights.
        url: https address of the file, empty unless `download`.
        sha256_prefix: leading hexadecimal digits of the checksum, empty where unknown.
        is_local: whether the file is on this machine already.
        config: the architecture as its training wrote it, by field; empty where nothing is known.
    """

    name: str
    origin: Origin
    data: str
    metric: str
    bytes: int
    licence: str
    url: str = ""
    sha256_prefix: str = ""
    is_local: bool = True
    config: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def title(self) -> str:
        """How a list calls them: a run by the name of its folder."""
        return Path(self.name).name if self.origin == "run" else self.name


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a list, a form and the command line show of a model.

    Attributes:
        key: stable identifier, lower case with hyphens.
        summary: one sentence that a student understands.
        config_type: frozen dataclass of what the weights fix, the architecture; the model is built
            of it and of nothing else, see engine.api.parameters.
        options_type: frozen dataclass of what a person chooses at run time, the weights as they
            are: size of the picture, step of a pyramid, how many boxes.
        weights: the first one is the default; empty where a model has to be trained first.
        default_score: score threshold that suits the model's scores.
        default_iou: IoU threshold of non-maximum suppression that suits the model.
        objective: key of what trains it (engine/training/objective.py); empty where nothing does.
        recipe: settings that train it well, where they differ from the general defaults.
        paper_config: of `config_type`, at the size of the paper; None where the defaults have it.
        live_options: of `options_type`, with which it follows a running picture of 30 frames a
            second on two cores, or comes as near as it can; None where the defaults do.
        live_side_px: likewise the shorter side to which frames are reduced; None for none.
        prior: what codes are drawn from unless the config says otherwise; empty where there are no
            codes.
    """

    key: str
    title: str
    task: Task
    family: str
    paper: str
    summary: str
    config_type: type = NoParameters
    options_type: type = NoParameters
    is_trainable: bool = False
    weights: tuple[WeightsCard, ...] = ()
    default_score: float = 0.5
    default_iou: float = 0.5
    objective: str = ""
    recipe: TrainConfig | None = None
    paper_config: Any = None
    live_options: Any = None
    live_side_px: int | None = None
    prior: str = ""

    @property
    def options_on_frames(self) -> Any:
        """What it runs with on a running picture, unless a person chooses otherwise."""
        return self.options_type() if self.live_options is None else self.live_options

    @property
    def is_of_library(self) -> bool:
        """Whether a library brings the model with its parameters: no file of weights is read."""
        is_built_in = all(each.origin == "built-in" for each in self.weights)
        return not self.is_trainable and bool(self.weights) and is_built_in


@dataclass(frozen=True, slots=True)
class ListModels:
    """Ask for every registered model; answers `tuple[ModelCard, ...]`, sorted by title.

    The first call imports torch and every model file, which takes seconds.

    Attributes:
        runs: folder whose runs are listed as weights of their models, after the published ones;
            None for none.
    """

    runs: Path | None = None
    caption: ClassVar[str] = "Starting the engine"


@dataclass(frozen=True, slots=True)
class DownloadWeights:
    """Fetch weights into torch's hub folder; answers the file's path.

    A file already there with the right checksum is used; an interrupted download resumes.
    """

    model_key: str
    weights_name: str

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Downloading {self.weights_name} for {self.model_key}"
