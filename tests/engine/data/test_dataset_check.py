from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.api.datasets import CheckDataset, DatasetReport
from engine.api.errors import ConfigError, TaskCancelled
from engine.api.tasks import Progress, TaskContext
from engine.cli.run import run
from engine.service import execute
from tests.engine.data.datasets.twins import (
    BOXES,
    COUNT,
    instance_mask,
    picture,
    save,
    write_camvid,
    write_coco,
    write_masks,
    write_pairs,
    write_yolo,
)


def check(data: Path | str, **wishes: object) -> DatasetReport:
    request = CheckDataset(str(data), **wishes)  # type: ignore[arg-type]
    report = execute(request, TaskContext(lambda _: None))
    assert isinstance(report, DatasetReport)
    return report


def kinds(report: DatasetReport) -> Counter[str]:
    return Counter(finding.kind for finding in report.findings)


def text_of(report: DatasetReport, kind: str) -> str:
    return next(finding.text for finding in report.findings if finding.kind == kind)


def test_a_sound_data_set_has_no_findings_and_is_counted(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    report = check(tmp_path)
    assert report.is_usable
    assert report.findings == ()
    assert report.unit == "pixels"
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in BOXES]
    areas[0] -= 10 * 4  # where the second one hides the first
    expected = (1600 - sum(areas), *areas)
    train, validation = report.splits
    assert (train.split, train.count, train.looked_at) == ("train", 16, 16)
    assert train.class_counts == tuple(16 * pixels for pixels in expected)
    assert validation.class_counts == tuple(8 * pixels for pixels in expected)
    assert train.smallest == train.largest == (40, 40)
    assert report.summary == (
        "CamVid layout for segmentation: 16 train, 8 validation, 3 classes; 0 findings"
    )


def test_boxes_are_counted_by_class(tmp_path: Path) -> None:
    write_yolo(tmp_path)
    report = check(tmp_path)
    assert report.unit == "boxes"
    assert sum(split.count for split in report.splits) == COUNT
    for split in report.splits:
        assert split.class_counts == (split.count, split.count)
        assert split.objects == 2 * split.count


def test_the_same_picture_in_two_splits_is_found_by_its_content(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    # Under another name and as another format: the pixels are the same.
    Image.open(tmp_path / "train" / "03.png").save(tmp_path / "val" / "other.bmp")
    save(tmp_path / "valannot" / "other.png", instance_mask())
    report = check(tmp_path)
    assert kinds(report) == {"duplicate": 1}
    text = text_of(report, "duplicate")
    assert "other.bmp of validation is the same picture as" in text
    assert "03.png of train" in text
    assert report.is_usable


def test_classes_that_never_occur_or_hardly_are_named(tmp_path: Path) -> None:
    for index in range(45):
        save(tmp_path / "many" / f"{index}.png", picture(index))
    save(tmp_path / "few" / "a.png", picture(100))
    save(tmp_path / "few" / "b.png", picture(101))
    assert "many has" in text_of(check(tmp_path), "class imbalance")
    write_masks(tmp_path / "masks")
    (tmp_path / "masks" / "classes.txt").write_text("ground\ncat\ndog\nbird\nfish\n")
    report = check(tmp_path / "masks")
    assert "2 of 5 classes have no pixels" in text_of(report, "empty class")
    assert "bird, fish" in text_of(report, "empty class")


def test_pictures_that_cannot_be_read_are_named_and_forbid_training(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    (tmp_path / "train" / "05.png").write_bytes(b"no picture")
    save(tmp_path / "trainannot" / "07.png", np.full((40, 40), 9, np.uint8))
    save(tmp_path / "trainannot" / "08.png", instance_mask()[:30])
    report = check(tmp_path)
    assert not report.is_usable
    assert kinds(report) == {"unreadable": 3}
    assert all(finding.is_error for finding in report.findings)
    assert {Path(finding.file).name for finding in report.findings} == {
        "05.png",
        "07.png",
        "08.png",
    }
    assert report.splits[0].unreadable == 3
    assert report.grid is not None


def test_what_reading_annotations_found_is_in_the_report_once(tmp_path: Path) -> None:
    write_coco(tmp_path)
    file = tmp_path / "annotations.json"
    document = json.loads(file.read_text())
    for entry in document["annotations"][:2]:
        del entry["segmentation"]
    document["annotations"][0]["bbox"] = [30, 30, 20, 5]
    document["annotations"][1]["bbox"] = [50, 50, 20, 5]
    document["annotations"][2]["category_id"] = 77
    file.write_text(json.dumps(document))
    (tmp_path / "images" / "05.png").unlink()
    report = check(tmp_path)
    found = kinds(report)
    assert found["box outside"] == 2
    assert found["missing picture"] == 1
    assert found["unknown class"] == 1
    assert report.findings[0].is_error, "errors come first"
    assert report.is_usable


def test_masks_that_are_missing_make_a_data_set_unusable(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    (tmp_path / "trainannot" / "02.png").unlink()
    report = check(tmp_path)
    assert not report.is_usable
    assert "1 of 16 pictures have no mask (02.png)" in text_of(report, "unusable")
    assert [split.split for split in report.splits] == ["validation"]


@pytest.mark.parametrize("content", ["nothing", "text", "empty folder", "broken"])
def test_what_is_no_data_set_gives_a_report_of_one_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "it"
    if content == "text":
        path.write_text("hello")
    elif content == "empty folder":
        path.mkdir()
    elif content == "broken":
        write_coco(path)
        (path / "annotations.json").write_text('{"images": [{"id": 1, "annotations": ')
    report = check(path)
    assert not report.is_usable
    assert kinds(report) == {"unusable": 1}
    assert report.summary == report.findings[0].text
    assert "\n" not in report.summary
    assert (report.splits, report.grid, report.task) == ((), None, None)


def test_a_task_that_the_data_is_not_for_is_said_once(tmp_path: Path) -> None:
    write_camvid(tmp_path)
    report = check(tmp_path, task="detection")
    assert kinds(report) == {"unusable": 1}
    assert "is not for detection; its data is for segmentation" in report.summary


def test_of_large_splits_a_part_is_looked_at_and_said_so(tmp_path: Path) -> None:
    report = check("digits", sample_limit=100)
    assert [split.looked_at for split in report.splits] == [100, 100, 100]
    assert kinds(report)["not looked at"] == 3
    assert "train: 100 of 1,259 samples were looked at" in text_of(report, "not looked at")
    # What was looked at is spread over the whole: every digit is about as frequent.
    assert min(report.splits[0].class_counts) >= 3


def test_without_time_something_of_every_split_is_seen_all_the_same() -> None:
    report = check("digits", seconds=1e-9)
    assert [split.looked_at for split in report.splits] == [1, 1, 1]
    assert report.grid is not None


def test_a_check_can_be_cancelled_and_tells_how_far_it_is() -> None:
    stages = []

    def stop(progress: Progress) -> None:
        stages.append(progress)
        context.cancel()

    context = TaskContext(stop, interval_s=0.0)
    with pytest.raises(TaskCancelled):
        execute(CheckDataset("digits"), context)
    assert stages[0].stage == "train: 0 of 1259 samples"


def test_the_grid_shows_the_truth_drawn_into_the_pictures(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs")
    write_yolo(tmp_path / "boxes")
    for data in (tmp_path / "pairs", tmp_path / "boxes", "shapes"):
        report = check(data, shown=9, sample_limit=10)
        assert report.grid is not None
        assert report.grid.shape == (496, 496, 3)
    plain = check(tmp_path / "boxes", task="pictures", shown=9).grid
    boxed = check(tmp_path / "boxes", shown=9).grid
    assert plain is not None
    assert boxed is not None
    assert 0.03 < (plain != boxed).any(axis=2).mean() < 0.6
    assert check("digits", shown=0, sample_limit=1).grid is None


def test_a_wish_outside_its_limits_is_refused() -> None:
    with pytest.raises(ConfigError, match="sample_limit = 0"):
        CheckDataset("digits", sample_limit=0)


def test_the_command_line_checks_and_trains_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_camvid(tmp_path / "data")
    words = ["--run", str(tmp_path / "run"), "--check-only", "--model", "unet", "--data"]
    assert run(["train", *words, str(tmp_path / "data")]) == 0
    assert "16 train, 8 validation, 3 classes" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "data" / "trainannot")
    assert run(["train", *words, str(tmp_path / "data"), "--json"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["is_usable"] is False
    assert "there is nothing to train on" in printed.err
    assert not (tmp_path / "run").exists()


def test_the_real_data_sets_are_usable(data_folder: Path) -> None:
    expected = {"pennfudan": 136, "camvid": 468, "coco128-train": 128, "att_faces": 360}
    for name, count in expected.items():
        report = check(data_folder / name, sample_limit=20, shown=4)
        assert report.is_usable, report.findings
        assert sum(split.count for split in report.splits) == count
