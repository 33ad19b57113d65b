"""The gate: whether a child may enter the arena, told from figures of it and its parent. Pure.

A raw win rate alone accepts a model that has only learned to be long, so the gate looks at what voters did not ask
for. A figure that could not be measured is unknown: it is said, and refuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    """What is measured of one model; None where it could not be.

    `length` is the mean answer in characters; `repetition` and `other_language` are shares in 0 to 1;
    `chosen_log_probability` is the mean of held-out preferred answers, in nats.
    """

    bits_per_byte: float | None
    length: float | None
    repetition: float | None
    other_language: float | None
    chosen_log_probability: float | None


@dataclass(frozen=True)
class Check:
    """`value` is what was held against `limit`; `passed` is None where it is unknown."""

    name: str
    parent: float | None
    child: float | None
    value: float | None
    limit: float
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Verdict:
    passed: bool
    checks: list[Check]

    @property
    def reasons(self) -> list[str]:
        """One sentence for each check that failed."""
        return [check.sentence for check in self.checks if check.passed is False]


@dataclass(frozen=True)
class Rule:
    """`change` turns the figures of parent and child into the value that must not pass `limit`."""

    name: str
    change: Callable[[float, float], float]
    limit: float
    sentence: str


def _growth(parent: float, child: float) -> float:
    return child / parent - 1 if parent else float(child > 0)


def _rise(parent: float, child: float) -> float:
    return child - parent


RULES = [
    Rule("bits_per_byte", _growth, 0.02, "It foretells held-out text worse than its parent by more than 2 %."),
    Rule("length", lambda parent, child: abs(_growth(parent, child)), 0.20,
         "The mean length of its answers moved by more than 20 %."),
    # One answer of fifty may slip; the second is no accident.
    Rule("repetition", _rise, 0.02, "It repeats itself more than its parent."),
    Rule("other_language", _rise, 0.03, "It answers in another language more often than its parent."),
    Rule("chosen_log_probability", lambda parent, child: parent - child, 0.0,
         "The preferred answers became less likely."),
]  # fmt: skip

LEAST_REWARD_ACCURACY = 0.55


def judge(parent: Figures, child: Figures, *, reward_accuracy: float | None) -> Verdict:
    """`reward_accuracy` is the share of held-out pairs whose preferred answer gained more on the child's way."""
    checks = [_check(rule, getattr(parent, rule.name), getattr(child, rule.name)) for rule in RULES]
    checks.append(
        Check(
            name="reward_accuracy",
            parent=None,
            child=reward_accuracy,
            value=reward_accuracy,
            limit=LEAST_REWARD_ACCURACY,
            passed=None if reward_accuracy is None else reward_accuracy > LEAST_REWARD_ACCURACY,
            sentence="It tells the preferred answer from the other too rarely on held-out pairs.",
        )
    )
    return Verdict(passed=all(check.passed is not False for check in checks), checks=checks)


def _check(rule: Rule, parent: float | None, child: float | None) -> Check:
    value = None if parent is None or child is None else rule.change(parent, child)
    passed = None if value is None else value <= rule.limit
    return Check(rule.name, parent, child, value, rule.limit, passed, rule.sentence)
