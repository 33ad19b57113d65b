"""A run as its page shows it: the stages with what came of each, the gate's figures in words."""

from __future__ import annotations

from typing import Any, TypedDict

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.models import TrainingRun

Stage = TrainingRun.Stage


class StageRow(TypedDict):
    label: str
    # "done", "now", "stopped" (the run ended here) or "later".
    state: str


class CheckRow(TypedDict):
    label: str
    value: str
    limit: str
    # "passed", "failed" or "unknown".
    verdict: str


def stage_rows(run: TrainingRun) -> list[StageRow]:
    order = [stage.value for stage in Stage]
    reached = order.index(run.stage) if run.stage else -1
    return [
        {"label": str(stage.label), "state": _stage_state(run, place, reached)} for place, stage in enumerate(Stage)
    ]


def _stage_state(run: TrainingRun, place: int, reached: int) -> str:
    if place < reached or run.state == TrainingRun.State.ENTERED:
        return "done"
    if place > reached:
        return "later"
    if run.state == TrainingRun.State.RUNNING:
        return "now"
    return "later" if run.state == TrainingRun.State.QUEUED else "stopped"


def check_rows(gate: dict[str, Any]) -> list[CheckRow]:
    """The gate's figures; empty before it has judged."""
    verdicts = {True: "passed", False: "failed", None: "unknown"}
    return [
        {
            "label": str(_CHECKS.get(check["name"], check["name"])),
            "value": _number(check["value"]),
            "limit": _number(check["limit"]),
            "verdict": verdicts[check["passed"]],
        }
        for check in gate.get("checks", [])
    ]


def _number(value: float | None) -> str:
    return _("unknown") if value is None else f"{value:.3g}"


# Keyed by the names in `training.gate`.
_CHECKS = {
    "bits_per_byte": gettext_lazy("Bits per byte on held-out text, change"),
}
