"""Looks a data set over before training and says in words what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from engine.api.annotations import Finding
from engine.api.datasets import CheckDataset, DatasetCard, DatasetFacts, DatasetReport, SplitReport
from engine.api.errors import EngineError
from engine.api.tasks import TaskContext
from engine.api.wording import one_line
from engine.data.datasets.dataset import Dataset, MissingSplitError
from engine.data.datasets.opening import OpenOptions, find_source, open_dataset
from engine.data.datasets.prepared import Preparation
from engine.data.formats.report import Report, counted
from engine.data.sample_grid import draw_sample, lay_out
from engine.data.sample_tally import Fingerprints, SampleTally, unit_of

_SPLITS = ("train", "validation", "test")
_ENDLESS_SAMPLES = 300


def check_dataset(request: CheckDataset, context: TaskContext) -> DatasetReport:
    """Return what a data set holds and what does not fit; never raises for a bad data set.

    Raises:
        TaskCancelled: between two samples.
    """
    report = Report()
    card: DatasetCard | None = None
    try:
        card, _ = find_source(request.data, request.format, request.task)
        parts = _opened(request, card, report)
    except (EngineError, OSError) as error:
        report.leave_out("unusable", request.data, str(error))
        parts = {}
    for finding in dict.fromkeys(found for part in parts.values() for found in part.findings):
        add = report.leave_out if finding.is_error else report.note
        add(finding.kind, finding.file, finding.text)
    deadline = time.monotonic() + request.seconds
    fingerprints = Fingerprints(report)
    splits = []
    for number, dataset in enumerate(parts.values()):
        share = (deadline - time.monotonic()) / (len(parts) - number)
        tally = SampleTally(dataset, report, fingerprints)
        _look(tally, request, time.monotonic() + share, context)
        if dataset.facts.split == "train":
            tally.note_balance()
        splits.append(tally.result())
        _note_unseen(splits[-1], report)
    if parts and len(parts) == 1:
        text = "there is nothing to validate on: weights are judged by the pictures they learn from"
        report.note("no held-out split", request.data, text)
    return _finished(request, card, parts, splits, report)


def _opened(request: CheckDataset, card: DatasetCard, report: Report) -> dict[str, Dataset]:
    """Open what there is of train, validation and test; what is broken is reported."""
    samples = min(request.sample_limit, _ENDLESS_SAMPLES) if card.is_endless else 1
    options = OpenOptions(
        format=request.format,
        samples=samples,
        may_download=request.may_download,
        preparation=Preparation(cache_bytes=0),
    )
    parts = {}
    missing, problems = None, []
    for split in _SPLITS:
        try:
            parts[split] = open_dataset(request.data, split, request.task, options)
        except MissingSplitError as error:
            missing = error
        except EngineError as error:
            problems.append(str(error))
    for problem in dict.fromkeys(problems):
        report.leave_out("unusable", request.data, problem)
    if "train" not in parts and missing is not None and not report.findings:
        report.leave_out("unusable", request.data, f"there is nothing to train on: {missing}")
    return parts


def _look(tally: SampleTally, request: CheckDataset, deadline: float, context: TaskContext) -> None:
    """Read samples spread over a whole split until the limit or the time is reached."""
    facts = tally.dataset.facts
    chosen = _spread(facts.count, request.sample_limit)
    for done, index in enumerate(chosen):
        context.raise_if_cancelled()
        # Of every split something is seen, however little time there is.
        if done and time.monotonic() > deadline:
            return
        context.report(done / len(chosen), f"{facts.split}: {done} of {len(chosen)} samples")
        tally.look_at(index)


def _spread(count: int, limit: int) -> list[int]:
    """Return so many indices below `count`, evenly spread; the first ones first, coarse to fine."""
    chosen = np.unique(np.linspace(0, count - 1, min(count, limit)).astype(int)).tolist()
    # Should the time not do, what was seen is spread over the whole all the same.
    order = np.random.default_rng(0).permutation(len(chosen)).tolist()
    return [chosen[place] for place in order]


def _note_unseen(split: SplitReport, report: Report) -> None:
    if split.looked_at < split.count:
        text = f"{split.split}: {split.looked_at:,} of {split.count:,} samples were looked at"
        report.note("not looked at", split.split, text)


def _finished(
    request: CheckDataset,
    card: DatasetCard | None,
    parts: dict[str, Dataset],
    splits: list[SplitReport],
    report: Report,
) -> DatasetReport:
    facts = next((dataset.facts for dataset in parts.values()), None)
    findings = tuple(sorted(report.findings, key=lambda finding: not finding.is_error))
    unreadable = sum(split.unreadable for split in splits)
    is_broken = any(finding.kind == "unusable" for finding in findings)
    return DatasetReport(
        data=request.data,
        key=card.key if card else "",
        title=card.title if card else "",
        task=facts.task if facts else None,
        classes=facts.classes if facts else (),
        unit=unit_of(facts) if facts else "",
        splits=tuple(splits),
        findings=findings,
        grid=_grid(next(iter(parts.values())), request.shown) if parts else None,
        is_usable="train" in parts and not unreadable and not is_broken,
        summary=_summary(card, facts, splits, findings),
    )


def _summary(
    card: DatasetCard | None,
    facts: DatasetFacts | None,
    splits: list[SplitReport],
    findings: tuple[Finding, ...],
) -> str:
    if card is None or facts is None:
        return one_line(findings[0].text)
    sizes = ", ".join(
        f"{split.count:,}{' or more' if card.is_endless else ''} {split.split}" for split in splits
    )
    plural = "class" if len(facts.classes) == 1 else "classes"
    classes = f", {len(facts.classes)} {plural}" if facts.classes else ""
    return f"{card.title} for {facts.task}: {sizes}{classes}; {counted(len(findings), 'finding')}"


def _grid(dataset: Dataset, shown: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    cells = list(_cells(dataset, shown))
    return lay_out(cells) if cells else None


def _cells(
    dataset: Dataset, shown: int
) -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    count = len(dataset)
    for index in np.unique(np.linspace(0, count - 1, min(count, shown)).astype(int)).tolist():
        try:
            sample = dataset[index]
        except EngineError:
            continue  # told as a finding already
        yield draw_sample(sample, dataset.facts.classes)
