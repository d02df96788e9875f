"""The commands on latent spaces: what they print and write."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.cli.run import run
from tests.engine.inference.latents import saved, some_codes

SMALL = {"latent_dimensions": 3, "base_channels": 4, "image_size": 8}


@pytest.fixture
def vae(tmp_path: Path) -> list[str]:
    return ["--model", "vae", "--weights", str(saved(tmp_path, "vae", **SMALL).weights)]


@pytest.fixture
def pictures(tmp_path: Path, random: np.random.Generator) -> list[str]:
    paths = [tmp_path / f"{name}.png" for name in "abc"]
    for path in paths:
        Image.fromarray(random.integers(0, 100, (8, 8, 3), np.uint8)).save(path)
    return [str(path) for path in paths]


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_samples_are_saved_raw_with_their_codes(
    vae: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "samples.npz"
    answer = printed(capsys, "sample", *vae, "-n", "5", "--seed", "2", "--save", str(target))
    assert (answer["count"], answer["sampling"]) == (5, "prior")
    with np.load(target) as arrays:
        assert arrays["images"].shape == (5, 8, 8)
        assert arrays["images"].dtype == np.uint8
        assert arrays["latents"].shape == (5, 3)


def test_samples_are_saved_as_a_sheet_of_a_class(tmp_path: Path) -> None:
    source = saved(tmp_path, "conditional-gan", base_channels=4, image_size=8, in_channels=3)
    target = tmp_path / "sevens.png"
    arguments = ["sample", "--model", "conditional-gan", "--weights", str(source.weights)]
    assert run([*arguments, "-n", "3", "--class", "7", "--save", str(target)]) == 0
    with Image.open(target) as sheet:
        assert sheet.size == (128, 128)


def test_where_there_is_no_prior_a_gaussian_is_fitted_to_the_stored_codes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = saved(tmp_path, "autoencoder", some_codes(3), **SMALL)
    target = tmp_path / "samples.npz"
    arguments = ["--model", "autoencoder", "--weights", str(source.weights), "--save", str(target)]
    assert printed(capsys, "sample", *arguments, "-n", "4")["sampling"] == "gaussian"


def test_codes_go_to_a_file_and_come_back_as_pictures(
    vae: list[str], pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes, images = tmp_path / "codes.npz", tmp_path / "images.npz"
    answer = printed(capsys, "encode", *pictures, *vae, "--save", str(codes))
    assert [image["file"] for image in answer["images"]] == pictures
    assert all(len(image["latent"]) == 3 for image in answer["images"])
    assert printed(capsys, "decode", str(codes), *vae, "--save", str(images))["count"] == 3
    with np.load(codes) as encoded, np.load(images) as decoded:
        np.testing.assert_array_equal(encoded["reconstructions"][..., 0], decoded["images"])


def test_what_encode_prints_is_what_decode_reads(
    vae: list[str], pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = printed(capsys, "encode", pictures[0], *vae)
    (tmp_path / "codes.json").write_text(json.dumps(answer))
    target = str(tmp_path / "one.png")
    assert printed(capsys, "decode", str(tmp_path / "codes.json"), *vae, "--save", target)["ms"] > 0


def test_a_walk_between_pictures_becomes_a_film(
    vae: list[str], pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "walk.gif"
    answer = printed(capsys, "interpolate", *pictures, *vae, "--frames", "4", "--save", str(target))
    assert answer["frames"] == len(answer["lengths"]) == 9
    with Image.open(target) as film:
        assert film.n_frames == 9


def test_a_walk_between_draws_needs_seeds_or_pictures(
    vae: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "walk.npz")
    arguments = ["interpolate", *vae, "--save", target]
    assert printed(capsys, *arguments, "--seeds", "1", "2", "--closed")["frames"] == 25
    assert run(arguments) == 1
    assert "pictures to walk between" in capsys.readouterr().err


def test_arithmetic_is_a_minus_b_plus_c(
    vae: list[str], pictures: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = str(tmp_path / "sum.png")
    answer = printed(capsys, "arithmetic", *pictures, *vae, "--save", target)
    a, b, c = (
        np.array(image["latent"]) for image in printed(capsys, "encode", *pictures, *vae)["images"]
    )
    np.testing.assert_allclose(answer["latent"], a - b + c, atol=1e-5)
    with Image.open(target) as sheet:
        assert sheet.size == (128, 128)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"{}", "codes.json"),
        (b"[" * 100_000, "codes.json"),
        (b"PK", "codes.npz"),
        (b"PK\x03\x04 cut off", "codes.npz"),
        (b"no", "codes.npy"),
    ],
)
def test_a_file_without_codes_is_named_in_one_line(
    vae: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    name: str,
) -> None:
    (tmp_path / name).write_bytes(content)
    assert run(["decode", str(tmp_path / name), *vae, "--save", str(tmp_path / "x.png")]) == 1
    message = capsys.readouterr().err
    assert "holds no codes" in message
    assert message.count("\n") == 1


def test_a_class_that_the_model_is_not_told_is_named(
    vae: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sample", *vae, "--class", "7", "--save", str(tmp_path / "x.png")]) == 1
    assert "it is conditioned on no class" in capsys.readouterr().err
