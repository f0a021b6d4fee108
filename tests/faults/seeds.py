"""A seed chooses the moment of a fault: one in each test run, twenty as a proof."""

import random
import time
from typing import Final

import pytest

MARKS: Final = [pytest.mark.journey, pytest.mark.enable_socket, pytest.mark.timeout(300)]
SEEDS: Final = pytest.mark.parametrize(
    "seed",
    [0, *(pytest.param(seed, marks=pytest.mark.prove) for seed in range(1, 20))],
    ids=lambda seed: f"seed {seed}",
)


def after(seed: int, most: float) -> None:
    """Wait until a moment that the seed chooses."""
    time.sleep(random.Random(seed).uniform(0.0, most))
