"""The gate's verdict, a pure function of figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.gate import Figures, judge

PARENT = Figures(bits_per_byte=2.0, length=100.0, repetition=0.05, other_language=0.10, chosen_log_probability=-50.0)


def test_a_child_like_its_parent_that_learnt_the_preference_may_enter() -> None:
    assert judge(PARENT, PARENT, reward_accuracy=0.8).passed


@pytest.mark.parametrize(
    ("name", "worse"),
    [
        ("bits_per_byte", 2.05),
        ("length", 121.0),
        ("length", 79.0),
        ("repetition", 0.08),
        ("other_language", 0.14),
        ("chosen_log_probability", -50.1),
    ],
)
def test_one_figure_that_got_worse_refuses_the_child(name: str, worse: float) -> None:
    verdict = judge(PARENT, replace(PARENT, **{name: worse}), reward_accuracy=0.8)
    assert [check.name for check in verdict.checks if check.passed is False] == [name]
    assert not verdict.passed


@pytest.mark.parametrize(
    ("name", "within"),
    [("bits_per_byte", 2.03), ("length", 119.0), ("length", 81.0), ("repetition", 0.06), ("other_language", 0.0)],
)
def test_a_figure_within_its_limit_refuses_nobody(name: str, within: float) -> None:
    assert judge(PARENT, replace(PARENT, **{name: within}), reward_accuracy=0.8).passed


def test_a_child_that_learnt_no_preference_is_refused() -> None:
    verdict = judge(PARENT, PARENT, reward_accuracy=0.55)
    assert verdict.reasons == ["It tells the preferred answer from the other too rarely on held-out pairs."]


def test_a_figure_that_could_not_be_measured_is_unknown_and_refuses_nobody() -> None:
    unmeasured = replace(PARENT, bits_per_byte=None)
    verdict = judge(unmeasured, PARENT, reward_accuracy=None)
    assert [check.name for check in verdict.checks if check.passed is None] == ["bits_per_byte", "reward_accuracy"]
    assert verdict.passed


def test_a_parent_without_repetition_does_not_make_every_child_fail() -> None:
    assert judge(replace(PARENT, repetition=0.0), replace(PARENT, repetition=0.01), reward_accuracy=0.8).passed
