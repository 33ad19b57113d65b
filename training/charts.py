"""The curve of the loss as points of an SVG polyline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 300, 80
MOST_POINTS = 300


@dataclass(frozen=True)
class LossChart:
    """`points` in a box of WIDTH × HEIGHT, the highest loss at the top."""

    points: str
    first: float
    last: float


def loss_chart(progress: Sequence[dict[str, Any]]) -> LossChart | None:
    """The chart of what a training reported; None before there are two losses to join."""
    losses = [float(line["loss"]) for line in progress if line.get("loss") is not None]
    if len(losses) < 2:
        return None
    shown = losses[:: -(-len(losses) // MOST_POINTS)]
    low, high = min(shown), max(shown)
    points = (
        f"{WIDTH * place / max(1, len(shown) - 1):.1f},{HEIGHT * (high - loss) / ((high - low) or 1):.1f}"
        for place, loss in enumerate(shown)
    )
    return LossChart(points=" ".join(points), first=losses[0], last=losses[-1])
