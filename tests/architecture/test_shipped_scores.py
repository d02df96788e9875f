"""The README's table of what ships says what the cards say."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
METRICS = {
    "mIoU": "miou",
    "AP50": "ap50",
    "accuracy": "accuracy",
    "MSE": "mse",
    "Fréchet distance": "frechet_distance",
    "covering distance": "covering_distance",
    "ELBO in nats": "elbo_nats",
}


def table() -> list[tuple[list[str], str]]:
    """Names of the weights of each row, and what it says of their scores."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = text.partition("### What ships")[2].partition("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "`" in line]
    return [(re.findall(r"`([\w-]+)`", row[0]), row[2]) for row in cells if len(row) == 3]


def cards() -> dict[str, dict[str, object]]:
    folder = ROOT / "assets" / "weights"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}


def test_every_file_that_ships_is_in_the_table_once() -> None:
    named = [name for names, _ in table() for name in names]
    assert sorted(named) == sorted(cards())


def test_every_score_of_the_table_is_that_of_the_card() -> None:
    known = cards()
    for names, score in table():
        if "see the cards" in score:
            continue
        metric, digits = re.fullmatch(r"(.+?) ([\d., -]+)", score).groups()
        values = digits.split(", ")
        assert len(values) == len(names), names
        for name, value in zip(names, values, strict=True):
            said = known[name]["metric"]
            assert said["name"] == METRICS[metric], name
            places = len(value.partition(".")[2])
            assert f"{said['value']:.{places}f}" == value, name
