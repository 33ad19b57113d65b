"""Krippendorff's α: golden cases of the literature, evalica as a second implementation, and its interval."""

from __future__ import annotations

import os
from math import isnan
from pathlib import Path

import evalica
import numpy as np
import pandas as pd
import pytest
from django.conf import settings

from arena.ranking.agreement import agreement_of

DATA = Path(os.environ.get("HAREA_DATA", settings.BASE_DIR.parent / "shared" / "data"))
# Krippendorff (2011), Computing Krippendorff's alpha-reliability, example C: four observers, twelve units.
OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]


def said_by(observers: list[str], values: str = "12345") -> np.ndarray:
    rows = [observer.split() for observer in observers]
    return np.array([[sum(row[unit] == value for row in rows) for value in values] for unit in range(len(rows[0]))])


def simulated(seed: int, units: int = 300) -> np.ndarray:
    """Two to four votes a unit, of which most follow the unit's own leaning."""
    rng = np.random.default_rng(seed)
    leaning = rng.dirichlet([0.6, 0.6, 0.3, 0.2], units)
    return np.array([rng.multinomial(rng.integers(2, 5), chances) for chances in leaning])


def test_the_published_example_gives_the_published_alpha() -> None:
    found = agreement_of(said_by(OBSERVERS))
    assert found is not None
    assert found.alpha == pytest.approx(0.743, abs=5e-4)
    assert (found.units, found.votes) == (11, 40)


def test_evalica_finds_the_same_alpha() -> None:
    said = simulated(1, units=60)
    most = said.sum(axis=1).max()
    codes = [[c for c, number in enumerate(unit) for _vote in range(number)] for unit in said]
    table = pd.DataFrame([[*map(float, row), *[np.nan] * (most - len(row))] for row in codes]).T
    found = agreement_of(said)
    assert found is not None
    assert found.alpha == pytest.approx(evalica.alpha(table, distance="nominal").alpha, abs=1e-9)


def test_voters_who_always_agree_have_alpha_one() -> None:
    found = agreement_of(np.array([[2, 0], [0, 3], [2, 0]]))
    assert found is not None
    assert (found.alpha, found.raw) == (1.0, 1.0)


def test_voters_who_answer_by_chance_have_alpha_zero() -> None:
    rng = np.random.default_rng(3)
    found = agreement_of(rng.multinomial(2, [0.4, 0.4, 0.2], size=4000))
    assert found is not None
    assert found.alpha == pytest.approx(0, abs=0.04)
    assert found.lower < 0 < found.upper


def test_where_all_say_the_same_of_everything_alpha_is_unknown() -> None:
    found = agreement_of(np.array([[2, 0], [3, 0]]))
    assert found is not None
    assert isnan(found.alpha)
    assert found.raw == 1


@pytest.mark.parametrize("said", [np.zeros((0, 4), dtype=int), np.eye(4, dtype=int)])
def test_without_a_unit_of_two_votes_nothing_is_known(said: np.ndarray) -> None:
    assert agreement_of(said) is None


def test_a_unit_with_one_vote_changes_nothing() -> None:
    said = simulated(3)
    assert agreement_of(np.concatenate([said, np.eye(4, dtype=int)])) == agreement_of(said)


def test_the_interval_covers_the_alpha_of_all_units() -> None:
    population = agreement_of(simulated(4, units=60_000))
    assert population is not None
    samples = [agreement_of(simulated(seed, units=150), seed=seed) for seed in range(100, 220)]
    covered = sum(sample.lower <= population.alpha <= sample.upper for sample in samples if sample is not None)
    assert covered / len(samples) == pytest.approx(0.95, abs=0.05)


def test_a_real_crowd_agrees_more_than_chance() -> None:
    path = DATA / "pref-llmfao" / "votes.share.tsv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    votes = pd.read_csv(path, sep="\t")
    found = agreement_of(pd.crosstab(votes["id"], votes["winner"]).to_numpy())
    assert found is not None
    assert 0 < found.lower < found.alpha < found.upper < 1
