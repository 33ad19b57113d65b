"""A run as its page shows it: the stages with what came of each, the gate's figures in words."""

from __future__ import annotations

from typing import Any, TypedDict

from django.utils.translation import gettext_lazy

from training.models import TrainingRun

Stage = TrainingRun.Stage


class StageRow(TypedDict):
    label: str
    # "done", "now", "stopped" (the run ended here) or "later".
    state: str


class CheckRow(TypedDict):
    """A figure of the gate in words; the first two are those of the models, `value` is what was held to the limit."""

    label: str
    parent: str
    child: str
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
    return [_check_row(check) for check in gate.get("checks", [])]


def _check_row(check: dict[str, Any]) -> CheckRow:
    verdicts = {True: "passed", False: "failed", None: "unknown"}
    sign = ">" if check["name"] == "reward_accuracy" else "≤"
    return {
        "label": str(_LABELS[check["name"]]),
        "parent": _number(check["parent"]),
        "child": _number(check["child"]),
        "value": _number(check["value"]),
        "limit": f"{sign} {check['limit']:.3g}",
        "verdict": verdicts[check["passed"]],
    }


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


# Keyed by the names of `training.gate`.
_LABELS = {
    "bits_per_byte": gettext_lazy("Bits per byte on held-out text"),
    "length": gettext_lazy("Mean length of the answers, in characters"),
    "repetition": gettext_lazy("Repetition inside the answers"),
    "other_language": gettext_lazy("Answers in another language"),
    "chosen_log_probability": gettext_lazy("Log-probability of preferred answers"),
    "reward_accuracy": gettext_lazy("Reward accuracy on held-out pairs"),
}
