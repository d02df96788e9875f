"""The one cache: loaded once, by whoever asks first; bounded in bytes; never stale."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.api.errors import ConfigError, WeightsError
from engine.core import loaded_models
from engine.core.checkpoint import save_weights
from engine.core.loaded_models import LoadedModel, ModelCache, open_model
from engine.core.registry import MODELS
from engine.core.weights import choose_weights
from engine.models.classification.classifier_small import ClassifierSmall, ClassifierSmallConfig

KEY = "classifier-small"
CARD = MODELS.card(KEY)
CPU = torch.device("cpu")
WAIT_S = 30.0
Open = Callable[[Path], LoadedModel]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was built, in order."""
    found: list[Any] = []
    build = MODELS.build

    def counted(key: str, config: Any) -> Any:
        found.append(build(key, config))
        return found[-1]

    monkeypatch.setattr(MODELS, "build", counted)
    return found


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    loaded_models.CACHE.clear()  # other tests open models as well
    yield
    loaded_models.CACHE.clear()


def save(path: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    model = ClassifierSmall(ClassifierSmallConfig(base_channels=4, classes=3))
    about = {"recipe": {"model_config": {"base_channels": 4, "classes": 3}}}
    save_weights(path, model.state_dict(), {"card": json.dumps(about)})
    return path


def opener(cache: ModelCache) -> Open:
    return lambda weights: cache.get(CARD, choose_weights(CARD, weights), CPU)


def test_the_same_weights_by_name_file_or_run_folder_are_loaded_once(
    tmp_path: Path, built: list[Any]
) -> None:
    file = save(tmp_path / "run" / "best.safetensors")
    assert open_model(KEY, tmp_path / "run", "cpu") is open_model(KEY, str(file), "cpu")
    assert len(built) == 1
    named = CARD.weights[0].name
    assert open_model(KEY, named, "cpu") is open_model(KEY, None, "cpu")
    assert len(built) == 2
    with pytest.raises(ConfigError, match="no such file"):
        open_model(KEY, tmp_path / "absent", "cpu")


def test_a_loaded_network_answers_as_it_was_trained_and_can_only_answer(tmp_path: Path) -> None:
    file = save(tmp_path / "w.safetensors")
    loaded = open_model(KEY, file, "cpu")
    torch.manual_seed(0)
    plain = ClassifierSmall(ClassifierSmallConfig(base_channels=4, classes=3)).eval()
    images = torch.rand(2, 1, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(loaded.model(images).logits, plain(images).logits)
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in loaded.model.modules())


def test_weights_that_were_written_again_are_loaded_again(tmp_path: Path, built: list[Any]) -> None:
    file = save(tmp_path / "w.safetensors")
    first = open_model(KEY, file, "cpu")
    save(file, seed=1)
    second = open_model(KEY, file, "cpu")
    assert not torch.equal(first.model.head.weight, second.model.head.weight)
    (tmp_path / "classes.txt").write_text("names that were not there before\n")
    assert open_model(KEY, file, "cpu") is not second
    assert len(built) == 3


def test_what_is_made_of_a_model_is_made_once_and_goes_with_it(tmp_path: Path) -> None:
    file = save(tmp_path / "w.safetensors")
    made: list[LoadedModel] = []

    def head(loaded: LoadedModel) -> torch.nn.Module:
        made.append(loaded)
        return torch.nn.Linear(100, 10)

    loaded = open_model(KEY, file, "cpu")
    before = loaded.nbytes
    assert loaded.once(head) is open_model(KEY, file, "cpu").once(head)
    assert len(made) == 1
    assert loaded.nbytes == before + 4 * (100 * 10 + 10)
    save(file, seed=1)
    open_model(KEY, file, "cpu").once(head)
    assert len(made) == 2


def test_those_asked_for_longest_ago_go_when_the_bytes_are_spent(
    tmp_path: Path, built: list[Any]
) -> None:
    files = [save(tmp_path / f"{number}.safetensors") for number in range(3)]
    size = open_model(KEY, files[0], "cpu").nbytes
    assert size == sum(4 * t.numel() for t in built[0].state_dict().values())
    open_ = opener(ModelCache(lambda device: 2 * size + size // 2 + 1000))
    first, second = open_(files[0]), open_(files[1])
    assert open_(files[0]) is first
    open_(files[2])  # the second is now the one asked for longest ago
    assert open_(files[0]) is first
    assert open_(files[1]) is not second


def test_a_model_beyond_the_bound_is_used_all_the_same(tmp_path: Path, built: list[Any]) -> None:
    open_ = opener(ModelCache(lambda device: 1))
    file = save(tmp_path / "w.safetensors")
    assert open_(file) is open_(file)
    open_(save(tmp_path / "other.safetensors"))
    assert len(built) == 2


def test_who_asks_for_another_model_does_not_wait_for_the_one_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = save(tmp_path / "slow.safetensors"), save(tmp_path / "quick.safetensors")
    loading, go_on = threading.Event(), threading.Event()
    load, loads = loaded_models.load_from, []

    def held(card: Any, source: Any, device: Any) -> Any:
        loads.append(source.path)
        if source.path == slow:
            loading.set()
            assert go_on.wait(WAIT_S)
        return load(card, source, device)

    monkeypatch.setattr(loaded_models, "load_from", held)
    open_ = opener(ModelCache())
    with ThreadPoolExecutor(2) as lanes:
        first = lanes.submit(open_, slow)
        assert loading.wait(WAIT_S)
        again = lanes.submit(open_, slow)
        assert open_(quick).trained.path == quick  # while the slow one is on its way
        assert not first.done()
        go_on.set()
        assert first.result(WAIT_S) is again.result(WAIT_S)
    assert loads.count(slow) == 1


def test_a_failure_is_told_to_each_who_asks_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"no weights")
    for _ in range(2):
        with pytest.raises(WeightsError, match=r"w\.safetensors"):
            open_model(KEY, file, "cpu")
    save(file)
    os.utime(file)
    assert open_model(KEY, file, "cpu").trained.name == "w"
