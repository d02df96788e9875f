"""Whatever a package scan should find is found: a forgotten decorator fails here."""

from pathlib import Path

from engine.cli.run import commands
from engine.core.registry import TRACES, Registry
from engine.data.datasets.dataset import DATASETS, DatasetSource
from engine.training.objective import OBJECTIVES, Objective
from gui.window.page_scan import find_pages

ROOT = Path(__file__).parents[2]
# Modules that serve all topics, and those of the command line that serve all commands.
SHARED_BY_TRACES = {
    "building",
    "marks",
    "network_stages",
    "number_lists",
    "segmentation_pictures",
    "small_models",
    "steps",
    "wording",
}
SHARED_BY_PAGES = {"picture_bar", "picture_page", "result_memory", "steps"}
SHARED_BY_COMMANDS = {"command", "latent_work", "run"}


def modules(folder: str) -> set[str]:
    """Names of the modules and packages that lie directly in a folder."""
    files = (ROOT / folder).iterdir()
    names = {
        path.stem for path in files if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    return names - {"__init__"}


def registered(registry: Registry) -> set[type]:
    return {registry.factory(card.key) for card in registry}


def derived(base: type) -> set[type]:
    """Every class of the engine below `base` that nothing is derived from in turn."""
    below = base.__subclasses__()
    leaves = {kind for kind in below if not kind.__subclasses__()}
    found = leaves.union(*(derived(kind) for kind in below))
    return {kind for kind in found if kind.__module__.startswith("engine.")}


def test_every_topic_of_the_traces_is_registered() -> None:
    found = {TRACES.factory(card.key).__module__.split(".")[2] for card in TRACES}
    assert found == modules("engine/traces") - SHARED_BY_TRACES


def test_every_data_set_is_registered() -> None:
    found = registered(DATASETS)
    assert derived(DatasetSource) <= found
    assert all(issubclass(kind, DatasetSource) for kind in found)


def test_every_objective_is_registered() -> None:
    found = registered(OBJECTIVES)
    assert derived(Objective) <= found
    assert {kind.__module__.rpartition(".")[2] for kind in found} == modules(
        "engine/training/objectives"
    )


def test_every_file_of_the_command_line_is_a_command() -> None:
    assert set(commands()) == modules("engine/cli") - SHARED_BY_COMMANDS


def test_every_folder_of_the_pages_is_a_page() -> None:
    specs, problem = find_pages()
    assert not problem
    assert {spec.key for spec in specs} == modules("gui/pages") - SHARED_BY_PAGES
