"""The engine's only door: runs a request, headless, on one of five worker threads.

Handlers import what they need when first asked, so that a picture opens before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import singledispatch
from pathlib import Path
from typing import Any, Literal, get_args

from engine.api.annotations import (
    AnnotationSet,
    CheckExport,
    Finding,
    PictureAnnotations,
    ReadAnnotations,
    ReadJournal,
    ReadSidecar,
    ReadSidecars,
    Sample,
    Sidecar,
    WriteAnnotations,
    WriteJournal,
)
from engine.api.augmentation import PreviewAugmentation
from engine.api.datasets import (
    CheckDataset,
    DatasetCard,
    DatasetFacts,
    DatasetReport,
    DescribeDataset,
    ListDatasets,
)
from engine.api.detection import (
    Detect,
    DetectionResult,
    Detections,
    ReadBoxes,
    SaveDetections,
    Suppress,
    Suppressed,
)
from engine.api.devices import DeviceCard, ListDevices
from engine.api.models import DownloadWeights, ListModels, ModelCard
from engine.api.pictures import (
    ListFolder,
    ListSamples,
    LoadPicture,
    LoadSample,
    LoadThumbnail,
    Picture,
    SampleCard,
    Thumbnail,
    WritePicture,
)
from engine.api.tasks import Progress, TaskContext
from engine.api.traces import BuildTrace, ListTraces, Trace, TraceCard
from engine.api.training import (
    ControlRun,
    Evaluate,
    EvaluationResult,
    ExportRun,
    PrepareRun,
    ReadRun,
    RunSnapshot,
    Train,
    TrainReport,
)
from engine.core.lanes import Lane, close_all

LaneName = Literal["work", "interactive", "browse", "files", "training"]


@singledispatch
def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread; one handler is registered per request type."""
    raise TypeError(f"no handler for {type(request).__name__}")


class EngineService:
    """Five lanes, each with one thread: a desktop machine has one accelerator to share.

    `work` for long runs, `interactive` for sliders, `browse` for the picture looked at, `files`
    for folders and annotations, `training` for runs that last hours: a detector does not wait
    for a training, nor a picture for a listing.
    """

    def __init__(self) -> None:
        self._lanes: dict[LaneName, Lane] = {name: Lane(name) for name in get_args(LaneName)}

    def submit(
        self,
        request: Any,
        on_progress: Callable[[Progress], None],
        lane: LaneName = "work",
        slot: str | None = None,
    ) -> tuple[Future[Any], TaskContext]:
        """Queue a request; `on_progress` is called on the worker thread.

        With a slot the latest request wins: earlier ones of the slot that wait are dropped.
        """
        context = TaskContext(on_progress)
        future = self._lanes[lane].submit(lambda: execute(request, context), context, slot)
        return future, context

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel everything; whether every worker ended within `timeout_s` seconds."""
        return close_all(list(self._lanes.values()), timeout_s)


@execute.register
def _read_sidecar(request: ReadSidecar, context: TaskContext) -> Sidecar | None:
    from engine.data.sidecar import find_sidecar

    found = find_sidecar(request.picture)
    if found is None:
        return None
    source, annotation_format = found
    whole = ReadAnnotations(source, request.picture.parent, annotation_format)
    return Sidecar(source, execute(whole, context))


@execute.register
def _read_sidecars(request: ReadSidecars, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    from engine.data.sidecar import read_sidecars

    return read_sidecars(request, execute, context)


@execute.register
def _read_annotations(request: ReadAnnotations, context: TaskContext) -> AnnotationSet:
    from engine.data.annotation_reader import read_annotations

    return read_annotations(request, context)


@execute.register
def _check_export(request: CheckExport, context: TaskContext) -> tuple[Finding, ...]:
    from engine.data.annotation_writer import check_export

    return check_export(request, context)


@execute.register
def _write_annotations(request: WriteAnnotations, context: TaskContext) -> tuple[Path, ...]:
    from engine.data.annotation_writer import write_annotations

    return write_annotations(request, context)


@execute.register
def _write_journal(request: WriteJournal, context: TaskContext) -> None:
    from engine.data.journal import write_journal

    write_journal(request.journal, request.pictures)


@execute.register
def _read_journal(request: ReadJournal, context: TaskContext) -> tuple[PictureAnnotations, ...]:
    from engine.data.journal import read_journal

    return read_journal(request.journal, context)


@execute.register
def _load_picture(request: LoadPicture, context: TaskContext) -> Picture:
    from engine.data.picture_loader import load_picture

    return load_picture(request.path, request.pixel_limit)


@execute.register
def _load_thumbnail(request: LoadThumbnail, context: TaskContext) -> Thumbnail:
    from engine.data.thumbnails import load_thumbnail

    return load_thumbnail(request.path, request.side_px, request.pixel_limit)


@execute.register
def _list_folder(request: ListFolder, context: TaskContext) -> tuple[Path, ...]:
    from engine.data.folder_listing import list_folder

    return list_folder(request.folder, request.is_recursive, context)


@execute.register
def _list_samples(request: ListSamples, context: TaskContext) -> tuple[SampleCard, ...]:
    from engine.data.samples import list_samples

    return list_samples()


@execute.register
def _load_sample(request: LoadSample, context: TaskContext) -> Sample:
    from engine.data.samples import load_sample

    return load_sample(request.key)


@execute.register
def _write_picture(request: WritePicture, context: TaskContext) -> Path:
    from engine.data.picture_writer import save_picture

    save_picture(request.target, request.pixels)
    return request.target


@execute.register
def _read_boxes(request: ReadBoxes, context: TaskContext) -> Detections:
    from engine.data.formats.coco_results import read_boxes, read_results

    # COCO results name pictures by number: the name matters only where there is a choice.
    has_choice = request.picture_name is not None and len(read_results(request.path)) > 1
    return read_boxes(request.path, request.picture_name if has_choice else None)


@execute.register
def _suppress(request: Suppress, context: TaskContext) -> Suppressed:
    from engine.layers.non_maximum_suppression import suppress

    found = suppress(request.detections, request.config)
    if found.detections.masks is None:
        return found
    from engine.inference.instance_masks import outlines

    return replace(found, outlines=outlines(found.detections))


@execute.register
def _build_trace(request: BuildTrace, context: TaskContext) -> Trace:
    from engine.traces.building import build_trace

    return build_trace(request, context)


@execute.register
def _list_traces(request: ListTraces, context: TaskContext) -> tuple[TraceCard, ...]:
    import engine.traces  # noqa: F401  fills the registry
    from engine.core.registry import TRACES

    return tuple(TRACES)


@execute.register
def _list_datasets(request: ListDatasets, context: TaskContext) -> tuple[DatasetCard, ...]:
    from engine.data.datasets.listing import list_datasets

    return list_datasets()


@execute.register
def _describe_dataset(request: DescribeDataset, context: TaskContext) -> DatasetFacts:
    from engine.data.datasets.listing import describe_dataset

    return describe_dataset(request)


@execute.register
def _check_dataset(request: CheckDataset, context: TaskContext) -> DatasetReport:
    from engine.data.dataset_check import check_dataset

    return check_dataset(request, context)


@execute.register
def _preview_augmentation(request: PreviewAugmentation, context: TaskContext) -> Picture:
    from engine.data.augmentation_preview import preview_augmentation

    return preview_augmentation(request, context)


@execute.register
def _train(request: Train, context: TaskContext) -> TrainReport:
    from engine.training.start import train

    return train(request, context)


@execute.register
def _prepare_run(request: PrepareRun, context: TaskContext) -> tuple[str, ...]:
    from engine.training.detached import prepare_run

    return prepare_run(request.run)


@execute.register
def _evaluate(request: Evaluate, context: TaskContext) -> EvaluationResult:
    from engine.training.evaluation import evaluate

    return evaluate(request, context)


@execute.register
def _control_run(request: ControlRun, context: TaskContext) -> None:
    from engine.training.control import write_command

    write_command(request.run_folder, request.command)


@execute.register
def _read_run(request: ReadRun, context: TaskContext) -> RunSnapshot:
    from engine.training.run_folder import read_run

    return read_run(request.run_folder, request.from_line)


@execute.register
def _export_run(request: ExportRun, context: TaskContext) -> Path:
    from engine.training.export import export_run

    return export_run(request.run_folder, request.target)


@execute.register
def _list_models(request: ListModels, context: TaskContext) -> tuple[ModelCard, ...]:
    from engine.inference.model_list import list_models

    return list_models()


@execute.register
def _list_devices(request: ListDevices, context: TaskContext) -> tuple[DeviceCard, ...]:
    from engine.core.devices import list_devices

    return list_devices()


@execute.register
def _download_weights(request: DownloadWeights, context: TaskContext) -> Path:
    from engine.inference.model_list import download_weights

    return download_weights(request.model_key, request.weights_name, context)


@execute.register
def _detect(request: Detect, context: TaskContext) -> DetectionResult:
    from engine.inference.detection import detect

    return detect(request, context)


@execute.register
def _save_detections(request: SaveDetections, context: TaskContext) -> Path:
    from engine.inference.saved_detections import save_detections

    return save_detections(request)
