"""Which voters stand out: planted ones among honest ones who differ in taste, and what cannot be seen."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.conf import settings

from arena.ranking.anomalies import screen
from arena.ranking.ballots import Ballots

HONEST, EACH, VOTES, MODELS = 800, 40, 60, 20
PLANTED = ("left", "contrarian", "always_tie", "always_bad", "random", "shill")
SEEDS = range(3)
DATA = Path(os.environ.get("HAREA_DATA", settings.BASE_DIR.parent / "shared" / "data"))


def crowd(seed: int) -> tuple[np.ndarray, Ballots]:
    """What each voter is, and everybody's votes.

    Honest voters differ in taste (sd 0.5) and in how readily they call a tie, and like side A a little; eight in a
    hundred of their votes find both bad.
    """
    rng = np.random.default_rng(seed)
    kinds = np.array(["honest"] * HONEST + [kind for kind in PLANTED for _voter in range(EACH)])
    voter = np.repeat(np.arange(len(kinds)), VOTES)
    kind, number = kinds[voter], len(voter)
    strength = rng.normal(0, 0.8, MODELS)
    a = rng.integers(0, MODELS, number)
    b = (a + rng.integers(1, MODELS, number)) % MODELS
    taste = strength + rng.normal(0, 0.5, (len(kinds), MODELS))
    apart = taste[voter, a] - taste[voter, b] + 0.09
    tie = (0.8 * np.exp(rng.normal(0, 0.5, len(kinds))))[voter]
    weights = np.cumsum([np.exp(apart / 2), np.exp(-apart / 2), tie], axis=0)
    outcome = (rng.random(number) * weights[2] > weights).sum(axis=0)
    outcome[rng.random(number) < 0.08] = 3
    outcome[kind == "left"] = 0
    contrarian, random, shill = kind == "contrarian", kind == "random", kind == "shill"
    outcome[contrarian] = (strength[a] > strength[b])[contrarian]
    outcome[kind == "always_tie"] = 2
    outcome[kind == "always_bad"] = 3
    outcome[random] = rng.integers(0, 3, random.sum())
    favourite = np.argsort(strength)[MODELS // 2]
    outcome[shill & (a == favourite)] = 0
    outcome[shill & (b == favourite)] = 1
    return kinds, ballots_of(a, b, outcome, voter)


def ballots_of(a: np.ndarray, b: np.ndarray, outcome: np.ndarray, voter: np.ndarray) -> Ballots:
    names = tuple(f"m{i:02}" for i in range(MODELS))
    codes = [column.astype(np.int32) for column in (a, b, outcome, voter)]
    return Ballots(names, codes[0], codes[1], codes[2].astype(np.int8), voter=codes[3])


@cache
def shares(seed: int) -> dict[str, float]:
    """Share of each kind of voter that is flagged."""
    kinds, ballots = crowd(seed)
    flagged = np.isin(np.arange(len(kinds)), [finding.voter for finding in screen(ballots)])
    return {kind: float(flagged[kinds == kind].mean()) for kind in ("honest", *PLANTED)}


@pytest.mark.parametrize("kind", ["left", "contrarian", "always_tie", "always_bad"])
def test_planted_voters_are_caught(kind: str) -> None:
    assert np.mean([shares(seed)[kind] for seed in SEEDS]) >= 0.95


def test_false_alarms_are_at_most_one_in_a_hundred() -> None:
    assert max(shares(seed)["honest"] for seed in SEEDS) <= 0.01


def test_somebody_who_favours_one_model_among_honest_votes_is_not_seen() -> None:
    """Stated in docs/researchers.md: six battles of the favourite among sixty leave no trace."""
    assert np.mean([shares(seed)["shill"] for seed in SEEDS]) <= 0.05


def test_somebody_who_clicks_at_random_is_mostly_not_seen() -> None:
    assert np.mean([shares(seed)["random"] for seed in SEEDS]) < 0.5


def test_a_finding_says_what_was_counted_and_what_was_expected() -> None:
    kinds, ballots = crowd(0)
    found = {finding.kind: finding for finding in screen(ballots) if kinds[finding.voter] == "left"}
    assert (found["position"].votes, found["position"].observed) == (VOTES, VOTES)
    assert 20 < found["position"].expected < 40
    assert found["position"].p < 1e-6


def test_findings_do_not_depend_on_the_order_of_votes() -> None:
    _kinds, ballots = crowd(1)
    order = np.random.default_rng(1).permutation(len(ballots))
    shuffled = [(finding.voter, finding.kind) for finding in screen(ballots.take(order))]
    assert sorted(shuffled) == sorted((finding.voter, finding.kind) for finding in screen(ballots))


@pytest.mark.parametrize("votes", [0, 1, 9])
def test_too_few_votes_say_nothing(votes: int) -> None:
    zeros = np.zeros(votes, dtype=int)
    assert screen(ballots_of(zeros, zeros + 1, zeros, zeros)) == []


def test_votes_that_only_ever_found_both_bad_are_no_error() -> None:
    zeros = np.zeros(30, dtype=int)
    assert screen(ballots_of(zeros, zeros + 1, zeros + 3, zeros)) == []


def test_of_the_workers_of_a_real_crowd_few_stand_out() -> None:
    path = DATA / "pref-llmfao" / "votes.share.tsv"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    votes = pd.read_csv(path, sep="\t", dtype=str)
    votes["winner"] = votes["winner"].map({"left": "a", "right": "b", "tie": "tie"})
    ballots = Ballots.of_frame(votes, a="left", b="right", outcome="winner", voter="worker")
    flagged = {finding.voter for finding in screen(ballots)}
    assert 0 < len(flagged) < 0.15 * votes["worker"].nunique()
