"""Balancing pairs by which answer is longer."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.length import MOST_REPEATS, balance


@given(st.lists(st.integers(-5, 5), max_size=60))
def test_preferred_answers_are_as_often_longer_as_shorter(longer_by: list[int]) -> None:
    balanced = balance(longer_by, longer_by, random.Random(1))
    assert sum(difference > 0 for difference in balanced) == sum(difference < 0 for difference in balanced)


def test_pairs_of_equal_length_all_stay() -> None:
    assert balance(["a", "b"], [0, 0], random.Random(1)) in (["a", "b"], ["b", "a"])


def test_a_rare_side_is_repeated_but_not_without_end() -> None:
    balanced = balance(["rare", *["common"] * 50], [-1, *[1] * 50], random.Random(1))
    assert balanced.count("rare") == MOST_REPEATS


def test_where_the_longer_answer_always_won_nothing_is_left_to_learn() -> None:
    assert balance(["a", "b"], [3, 4], random.Random(1)) == []
