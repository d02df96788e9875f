"""Facts of a data set for tests that need no data set."""

from engine.api.datasets import DatasetFacts

DIGIT_FACTS = DatasetFacts(
    name="digits",
    key="digits",
    task="classification",
    split="train",
    classes=tuple(str(digit) for digit in range(10)),
    channels=1,
    size=(8, 8),
    count=100,
)
