"""Training and evaluation: settings, requests, and what a run tells while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.api.augmentation import Augment, AugmentationConfig
from engine.api.errors import ConfigError
from engine.api.parameters import parameter, validate

Optimiser = Literal["adamw", "adam", "sgd", "adagrad"]
Schedule = Literal["cosine", "one-cycle", "step", "constant"]
Precision = Literal["auto", "float32", "bfloat16"]
RunState = Literal["starting", "running", "paused", "finished", "stopped", "failed"]
ControlCommand = Literal["pause", "resume", "step", "stop"]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Settings that every training run shares, whatever the model."""

    epochs: int = parameter(20, low=1, high=10_000, unit="epochs", note="passes over the data")
    batch_size: int = parameter(
        32, low=1, high=4096, unit="images", note="pictures an update, over all processes together"
    )
    learning_rate: float = parameter(1e-3, low=1e-7, high=10.0, note="the highest of the schedule")
    optimiser: Optimiser = parameter("adamw", note="how gradients become updates")
    momentum: float = parameter(0.9, low=0.0, high=0.999, note="of sgd; the others keep theirs")
    weight_decay: float = parameter(1e-4, low=0.0, high=1.0, note="pulls weights towards zero")
    schedule: Schedule = parameter("cosine", note="how the learning rate moves over the run")
    warm_up_steps: int = parameter(
        0, low=0, high=100_000, unit="updates", note="rise of the learning rate from zero"
    )
    gradient_clip: float | None = parameter(
        None, low=1e-6, high=1e6, note="longest gradient; empty for no limit"
    )
    ema_decay: float | None = parameter(
        None, low=0.5, high=0.99999, note="also keep a moving average of the weights, and score it"
    )
    early_stopping_patience: int | None = parameter(
        None, low=1, high=1000, unit="validations", note="stop after so many without a better score"
    )
    augment: Augment = parameter(
        "none", note="gentle: shift, turn, scale; full: flip, crop, shear, bend and colours as well"
    )
    precision: Precision = parameter(
        "auto", note="bfloat16 where the processor computes in it, else float32"
    )
    seed: int = parameter(0, low=0, high=2**31 - 1, note="equal seeds give equal runs")
    image_size: int | None = parameter(
        None, low=8, high=2048, unit="px", note="shorter side of the pictures; empty keeps it"
    )
    in_channels: int | None = parameter(
        None, low=1, high=3, note="1 grey, 3 colour; empty takes what the data has"
    )
    samples_per_epoch: int = parameter(
        3000, low=1, high=10_000_000, unit="images", note="of an endless data set"
    )
    validation_interval: int = parameter(1, low=1, high=1000, unit="epochs")
    log_interval: int = parameter(10, low=1, high=10_000, unit="updates")
    checkpoint_interval: float = parameter(
        30.0, low=0.0, high=86_400.0, unit="s", note="a crash loses at most this much"
    )
    sample_count: int = parameter(
        16, low=1, high=64, unit="images", note="in the batch shown as it improves"
    )
    workers: int = parameter(0, low=0, high=64, unit="processes", note="that prepare pictures")
    start_weights: str = parameter(
        "", note="file or run whose weights to begin with, where they fit; empty for random ones"
    )
    tensorboard: bool = parameter(True, note="write TensorBoard event files")

    def __post_init__(self) -> None:
        validate(self)
        if self.in_channels == 2:
            raise ConfigError("in_channels = 2: pictures have 1 channel (grey) or 3 (colour)")


@dataclass(frozen=True, slots=True)
class Train:
    """Train a model; answers `TrainReport`, reports `TrainProgress` as detail.

    Attributes:
        data: a name or a path.
        run_folder: where everything of the run goes; see README of the run folder in
            engine/training/run_folder.py.
        model_config: of the model's config type; None for its defaults. The fields `classes`,
            `in_channels` and `image_size`, where a model has them, are set from the data.
        config: None for the recipe that the model brings.
        is_resume: go on from the folder's last checkpoint, or begin where there is none yet.
        format: key of a folder layout; None to recognise it.
        may_download: whether a data set that is not on this machine may be fetched.
        about_data: how the card of the weights names the data; empty for its name and credit.
        augmentation: None for the preset that `config.augment` names.
    """

    model_key: str
    data: str
    run_folder: Path
    model_config: Any = None
    config: TrainConfig | None = None
    is_resume: bool = False
    device: str = "auto"
    format: str | None = None
    may_download: bool = False
    about_data: str = ""
    augmentation: AugmentationConfig | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Training {self.model_key}"


@dataclass(frozen=True, slots=True)
class CheckRun:
    """Ask whether a run would begin; answers None, and fails as the run itself would.

    Data that is not on this machine is not fetched.
    """

    run: Train

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Looking whether {self.run.model_key} can be trained"


@dataclass(frozen=True, slots=True)
class PrepareRun:
    """Write the settings of a run that another process will train.

    Answers `tuple[str, ...]`: the arguments that `main.py` takes for it.
    """

    run: Train

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Preparing {self.run.run_folder.name}"


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """One line of `metrics.jsonl`.

    Attributes:
        step: updates done so far, a batch each.
        epoch: counted from 1.
        split: `train` or `validation`.
        values: numbers by name, `loss` among them; None where there was none.
    """

    step: int
    epoch: int
    split: str
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run stands, as `status.json` has it.

    Attributes:
        samples_per_second: lately; 0.0 before the first batches.
        seconds_left: to the end of the last epoch; None where unknown.
        message: what happened that a person should know; empty where nothing did.
        process: identifier of the (first) process that trains.
        host: name of the machine that trains.
        updated: seconds since 1970.
    """

    state: RunState
    step: int
    total_steps: int
    epoch: int
    epochs: int
    samples_per_second: float
    seconds_left: float | None
    message: str
    device: str
    precision: str
    process: int
    host: str
    updated: float


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Detail of a progress report: what is new since the last one.

    Attributes:
        sample: a picture of the fixed batch that was just written, or None.
    """

    status: RunStatus
    records: tuple[MetricRecord, ...] = ()
    sample: Path | None = None


@dataclass(frozen=True, slots=True)
class TrainReport:
    """How a run ended.

    Attributes:
        state: `finished`, or `stopped` by a person or by early stopping.
        metric: name of the number that picks the best weights.
        value: the best one; None where the run stopped before its first validation.
        weights: the best weights, a safetensors file.
        card: what is known of them, JSON.
        notes: what happened on the way that a person should know.
    """

    run_folder: Path
    model: str
    data: str
    state: RunState
    steps: int
    epochs: int
    metric: str
    value: float | None
    seconds: float
    weights: Path
    card: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ControlRun:
    """Ask a run, wherever it is, to pause, go on, do one step, or stop; answers None.

    The run looks for the command between two batches. Stopping keeps the result so far.
    """

    run_folder: Path
    command: ControlCommand

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Asking {self.run_folder.name} to {self.command}"


@dataclass(frozen=True, slots=True)
class ReadRun:
    """Look at a run folder that anyone writes to; answers `RunSnapshot`.

    Attributes:
        from_line: lines of `metrics.jsonl` that the caller has already.
    """

    run_folder: Path
    from_line: int = 0

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Reading {self.run_folder.name}"


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """What a run folder holds now.

    Attributes:
        status: None before the run has written one.
        records: the lines of `metrics.jsonl` from `from_line` on.
        lines: give this as the next `from_line`. It is smaller than the one given when a resumed
            run has cut lines off; the records then begin at the first line.
        samples: pictures of the fixed batch, earliest first.
        settings: `config.json` as it stands.
        card: `best.json`, or None before there are best weights.
        note: what a person wrote about the run; empty where nobody did.
        has_weights: whether `best.safetensors` is there.
    """

    status: RunStatus | None
    records: tuple[MetricRecord, ...]
    lines: int
    samples: tuple[Path, ...]
    settings: Mapping[str, Any]
    card: Mapping[str, Any] | None
    note: str = ""
    has_weights: bool = False


@dataclass(frozen=True, slots=True)
class ExportRun:
    """Write a Python program that repeats a run; answers the path of the file.

    Attributes:
        target: None for `train.py` in the run folder.
    """

    run_folder: Path
    target: Path | None = None

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Exporting {self.run_folder.name}"


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Score a model on a data set with ground truth; answers `EvaluationResult`.

    Attributes:
        weights: a name from the model's card, a safetensors file of a run, a run folder, or None
            for the model's first weights.
        split: None for the one held out: validation, else test, else everything.
    """

    model_key: str
    data: str
    weights: str | Path | None = None
    format: str | None = None
    split: str | None = None
    device: str = "auto"
    batch_size: int = 32
    may_download: bool = False

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Evaluating {self.model_key}"


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """Scores; those that the task does not have are None. Those named here lie in [0, 1].

    Attributes:
        numbers: everything that was measured, by the name it has in `metrics.jsonl`.
        images: pictures scored.
        per_class: segmentation: IoU; classification: share of the class that was recognised;
            detection: AP. None for classes that do not occur.
        confusion: how often each true class (row) was called each class (column), in the order
            of `classes`; pixels for segmentation, pictures for classification.
        protocol: how the numbers were made: sizes, thresholds, what was left out.
    """

    model: str
    weights: str
    data: str
    split: str
    images: int
    protocol: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    loss: float | None = None
    accuracy: float | None = None
    miou: float | None = None
    pixel_accuracy: float | None = None
    ap: float | None = None
    ap50: float | None = None
    ap75: float | None = None
    per_class: Mapping[str, float | None] | None = None
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
