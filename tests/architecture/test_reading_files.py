"""Files are opened for reading in one place, which takes regular files of a bounded size alone."""

import ast

from tests.architecture.sources import ROOT, name_of, nodes_of, sources_of

READER = "engine/api/regular_files.py"
METHODS = {"read_text", "read_bytes"}
# What libraries open by name, or read from a stream that somebody has opened.
FUNCTIONS = {
    *("open", "io.open", "os.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"),
    *("zipfile.ZipFile", "ZipFile", "tarfile.open", "json.load", "pickle.load", "tomllib.load"),
    *("np.load", "np.fromfile", "np.memmap", "np.loadtxt", "np.genfromtxt"),
    *("Image.open", "tifffile.TiffFile", "tifffile.imread", "TiffFile", "imread", "yaml.load"),
    *("cv2.imread", "cv2.imreadmulti", "cv2.VideoCapture", "cv2.FileStorage", "av.open"),
    *("torch.load", "torch.jit.load", "safe_open", "safetensors.torch.load_file", "load_file"),
    *("onnx.load", "ElementTree.parse", "iterparse", "QFile", "QImageReader", "fileinput.input"),
}
WRITING = set("wax")
ALLOWED = {
    f"{READER}: open": "the one place",
    f"{READER}: os.open": "the one place",
    "engine/core/checkpoint.py: torch.load": "from a stream of the one place",
    "engine/core/checkpoint.py: safe_open": "takes a name only; kind_of has looked at the file",
    "engine/core/state_dicts.py: torch.load": "from a stream of the one place",
    "engine/core/weight_files.py: zipfile.ZipFile": "from a stream of the one place",
    "engine/data/code_files.py: ZipFile": "from bytes in memory",
    "engine/data/code_files.py: np.load": "from bytes in memory, never as pickles",
    "engine/data/datasets/idx_folder.py: gzip.open": "from a stream of the one place",
    "engine/data/deep_pictures.py: tifffile.TiffFile": "from a stream of the one place",
    "engine/data/formats/yolo_classes.py: yaml.load": "from a text in memory",
    "engine/data/picture_file.py: Image.open": "from a stream of the one place",
    "engine/inference/t_sne.py: np.load": "from bytes of a process of its own, never as pickles",
    "engine/live/camera.py: cv2.VideoCapture": "a camera by its number",
    "engine/live/film_file.py: .open": "the film that it is writing itself",
    "engine/live/film_file.py: av.open": "the film that it is writing itself",
    "engine/live/plain_loop.py: cv2.VideoCapture": "the loop that a person would write, measured",
    "engine/live/video_file.py: av.open": "streams too; open_video_file looks at files before",
    "engine/cli/bench.py: .read_text": "of the system itself",
    "engine/cli/run.py: os.open": "the null device, for writing",
    "gui/benchmarks/_stream.py: av.open": "a film that the benchmark has written",
}


def is_mode(node: ast.expr) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and 0 < len(text) <= 3 and set(text) <= set("rbtwax+U")


def reading(call: ast.Call) -> str | None:
    """Return what a call opens for reading by, in the table's words; None where it does not."""
    name = ast.unparse(call.func)
    modes = [each.value for each in call.args if is_mode(each) and isinstance(each, ast.Constant)]
    keywords = {each.arg for each in call.keywords}
    if any(set(str(mode)) & WRITING for mode in modes):
        return None
    if name in FUNCTIONS:
        return name
    if not isinstance(call.func, ast.Attribute):
        return None
    is_path_open = call.func.attr == "open" and (modes or keywords & {"encoding", "errors"})
    return f".{call.func.attr}" if call.func.attr in METHODS or is_path_open else None


def test_files_are_opened_for_reading_in_one_place() -> None:
    sources = [ROOT / "main.py", *sources_of("engine"), *sources_of("gui")]
    found = {
        f"{name_of(path)}: {kind}"
        for path in sources
        if not name_of(path).startswith("engine/benchmarks/")  # they write what they read
        for node in nodes_of(path)
        if isinstance(node, ast.Call) and (kind := reading(node)) is not None
    }
    assert found == set(ALLOWED)


def test_every_way_to_open_a_file_is_told() -> None:
    ways = ["open(p)", "p.open('rb')", "p.open(encoding='x')", "p.read_text()", "np.load(p)"]
    calls = [ast.parse(way, mode="eval").body for way in ways]
    assert all(isinstance(call, ast.Call) and reading(call) for call in calls)
    other = ["open(p, 'w')", "p.open('xb')", "dialog.open()", "source.open(request)"]
    calls = [ast.parse(way, mode="eval").body for way in other]
    assert [reading(call) for call in calls if isinstance(call, ast.Call)] == [None] * len(other)
