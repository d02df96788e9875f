"""Which function answers which request. Its module is imported when it is first asked for.

A function takes the request and the context, in this order, as far as it needs them. Those that
are called by something other than a request have a short one here that does it, one file an area.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from engine.api.tasks import TaskContext

HANDLERS: dict[str, str] = {
    # Pictures, folders and samples.
    "LoadPicture": "engine.service.pictures:load",
    "LoadThumbnail": "engine.service.pictures:load_small",
    "ListFolder": "engine.service.pictures:list_pictures",
    "ListSamples": "engine.data.samples:list_samples",
    "LoadSample": "engine.service.pictures:load_from_gallery",
    "WritePicture": "engine.service.pictures:write",
    # Annotations and the journal.
    "ReadSidecar": "engine.service.annotations:read_sidecar",
    "ReadSidecars": "engine.service.annotations:read_all_sidecars",
    "ReadClasses": "engine.service.annotations:read_classes",
    "ReadAnnotations": "engine.data.annotation_reader:read_annotations",
    "CheckExport": "engine.data.annotation_writer:check_export",
    "WriteAnnotations": "engine.data.annotation_writer:write_annotations",
    "WriteJournal": "engine.service.annotations:keep_journal",
    "ReadJournal": "engine.service.annotations:recall_journal",
    # Data sets.
    "ListDatasets": "engine.data.datasets.listing:list_datasets",
    "DescribeDataset": "engine.data.datasets.listing:describe_dataset",
    "CheckDataset": "engine.data.dataset_check:check_dataset",
    "PreviewAugmentation": "engine.data.augmentation_preview:preview_augmentation",
    # Models, devices and traces.
    "ListModels": "engine.inference.model_list:list_models",
    "DownloadWeights": "engine.service.models:fetch_weights",
    "ListDevices": "engine.core.devices:list_devices",
    "ListTraces": "engine.service.models:list_traces",
    "BuildTrace": "engine.traces.building:build_trace",
    # Boxes.
    "ScoreDetections": "engine.inference.detection_scoring:score_detections",
    "Detect": "engine.inference.detection:detect",
    "Suppress": "engine.service.detection:suppress_raw",
    "ReadBoxes": "engine.service.detection:read_boxes_of_picture",
    "SaveDetections": "engine.inference.saved_detections:save_detections",
    # Segmentations.
    "Segment": "engine.inference.segmentation:segment",
    "SegmentFolder": "engine.inference.saved_segmentations:segment_folder",
    "SaveSegmentation": "engine.inference.saved_segmentations:save_segmentation",
    "MeasureAreas": "engine.service.segmentation:measure_areas",
    "DrawMap": "engine.inference.segmentation_maps:draw_map",
    "ScoreSegmentation": "engine.inference.segmentation_maps:score",
    "ReadTruth": "engine.inference.true_masks:read_truth",
    "DrawTruth": "engine.inference.true_masks:draw_truth",
    # Latent spaces.
    "OpenLatents": "engine.service.latent:describe_latents",
    "DecodeLatents": "engine.inference.latent_decoding:decode_latents",
    "TraverseLatents": "engine.inference.latent_decoding:traverse_latents",
    "Interpolate": "engine.inference.latent_decoding:interpolate",
    "DrawManifold": "engine.inference.latent_decoding:draw_manifold",
    "EncodePictures": "engine.inference.latent_encoding:encode_pictures",
    "EncodeData": "engine.inference.latent_clouds:encode_data",
    "ProjectLatents": "engine.inference.latent_clouds:project_latents",
    "SampleLatents": "engine.inference.latent_sampling:sample_latents",
    "FindNearest": "engine.inference.latent_sampling:find_nearest",
    "CompareReconstructions": "engine.inference.latent_reconstructions:compare_reconstructions",
    "SaveAnimation": "engine.service.latent:write_animation",
    # Running pictures.
    "ListCameras": "engine.live.camera:list_cameras",
    "OpenLive": "engine.service.live:open_live",
    "CloseLive": "engine.service.live:close_live",
    "StopRecording": "engine.service.live:stop_recording",
    "HoldRecording": "engine.service.live:hold_recording",
    "DrawFrame": "engine.service.live:draw_answer",
    "ExportCounts": "engine.live.count_table:export_counts",
    "RunBareLoop": "engine.live.bare_loop:run_bare_loop",
    "RunPlainLoop": "engine.live.plain_loop:run_plain_loop",
    "ExportLog": "engine.live.detection_log:export_coco",
    # Training.
    "Train": "engine.training.start:train",
    "CheckRun": "engine.training.start:check_run",
    "PrepareRun": "engine.service.training:prepare",
    "ControlRun": "engine.service.training:control",
    "ReadRun": "engine.service.training:read",
    "RenameRun": "engine.service.training:rename",
    "AnnotateRun": "engine.service.training:annotate",
    "ReadRecipe": "engine.service.training:recipe",
    "ExportRun": "engine.service.training:export",
    "Evaluate": "engine.training.evaluation:evaluate",
}
"""`module:function` by the name of the request's type; the types are those of engine.api."""


def handler_of(request_type: type) -> Any:
    """Return the function that answers requests of a type.

    Raises:
        TypeError: none does.
    """
    row = HANDLERS.get(request_type.__name__)
    if row is None:
        raise TypeError(f"no handler for {request_type.__name__}")
    module, _, function = row.partition(":")
    return getattr(importlib.import_module(module), function)


def execute(request: Any, context: TaskContext) -> Any:
    """Run a request on the calling thread.

    Raises:
        EngineError: it cannot be done; the error says why.
        TypeError: there is no handler for it.
    """
    handler = handler_of(type(request))
    wanted = len(inspect.signature(handler).parameters)
    return handler(*(request, context)[:wanted])
