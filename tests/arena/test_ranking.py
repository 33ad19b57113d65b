"""The maths of the board: golden cases, invariances, and other people's implementations as references."""

from __future__ import annotations

import random
from itertools import pairwise

import evalica
import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.ranking.bradley_terry import POINTS, as_ratings, fit_strengths
from arena.ranking.connectivity import comparable_models
from arena.ranking.counts import Counts, PairOutcomes
from arena.ranking.elo import rate
from arena.ranking.intervals import half_widths
from arena.ranking.newton import fit_bradley_terry

NAMES = ("ahuntz", "behi", "catu", "duhate")
CELLS = st.tuples(*[st.integers(0, 12)] * 4)


@st.composite
def connected_outcomes(draw: st.DrawFn) -> list[PairOutcomes]:
    """Outcomes of every ordered pair of four models; a tie around the circle keeps them comparable."""
    outcomes = [PairOutcomes(one, other, *draw(CELLS)) for one in NAMES for other in NAMES if one != other]
    circle = pairwise(NAMES)
    return outcomes + [PairOutcomes(one, other, 0, 0, 1, 0) for one, other in circle]


def ratings_by_name(counts: Counts) -> dict[str, float]:
    return dict(zip(counts.models, as_ratings(fit_strengths(counts.wins)), strict=True))


def elo_by_name(counts: Counts) -> dict[str, float]:
    return dict(zip(counts.models, rate(counts.wins), strict=True))


def test_three_wins_in_four_are_191_points() -> None:
    counts = Counts.of("xy", [PairOutcomes("x", "y", 3, 1, 0, 0)])
    assert ratings_by_name(counts) == pytest.approx({"x": 1000 + 95.42, "y": 1000 - 95.42}, abs=0.01)


def test_a_tie_is_half_a_win_for_each() -> None:
    tied = Counts.of("xy", [PairOutcomes("x", "y", 2, 0, 2, 0)])
    shared = Counts.of("xy", [PairOutcomes("x", "y", 3, 1, 0, 0)])
    assert ratings_by_name(tied) == pytest.approx(ratings_by_name(shared))


@given(outcomes=connected_outcomes(), more=st.integers(1, 50))
@settings(deadline=None)
def test_both_bad_changes_no_rating(outcomes: list[PairOutcomes], more: int) -> None:
    judged_bad = [*outcomes, PairOutcomes("ahuntz", "behi", 0, 0, 0, more)]
    with_bad, without = Counts.of(NAMES, judged_bad), Counts.of(NAMES, outcomes)
    assert ratings_by_name(with_bad) == ratings_by_name(without)
    assert elo_by_name(with_bad) == elo_by_name(without)


@given(outcomes=connected_outcomes(), seed=st.integers())
@settings(deadline=None)
def test_order_changes_no_rating(outcomes: list[PairOutcomes], seed: int) -> None:
    shuffled = random.Random(seed).sample(outcomes, len(outcomes))
    one, other = Counts.of(NAMES, outcomes), Counts.of(NAMES, shuffled)
    assert ratings_by_name(one) == ratings_by_name(other)
    assert elo_by_name(one) == elo_by_name(other)


@given(outcomes=connected_outcomes())
@settings(deadline=None)
def test_swapping_sides_changes_no_rating(outcomes: list[PairOutcomes]) -> None:
    swapped = [PairOutcomes(pair.model_b, pair.model_a, pair.b, pair.a, pair.tie, pair.both_bad) for pair in outcomes]
    one, other = Counts.of(NAMES, outcomes), Counts.of(NAMES, swapped)
    assert ratings_by_name(one) == ratings_by_name(other)
    assert elo_by_name(one) == elo_by_name(other)


@given(outcomes=connected_outcomes(), names=st.permutations(NAMES))
@settings(deadline=None)
def test_a_new_name_keeps_its_rating(outcomes: list[PairOutcomes], names: list[str]) -> None:
    renamed = dict(zip(NAMES, names, strict=True))
    moved = [pair._replace(model_a=renamed[pair.model_a], model_b=renamed[pair.model_b]) for pair in outcomes]
    one, other = Counts.of(NAMES, outcomes), Counts.of(NAMES, moved)
    for rated in (ratings_by_name, elo_by_name):
        before = {renamed[name]: rating for name, rating in rated(one).items()}
        assert before == pytest.approx(rated(other), abs=1e-4)


@given(outcomes=connected_outcomes())
@settings(deadline=None)
def test_ratings_agree_with_evalica(outcomes: list[PairOutcomes]) -> None:
    counts = Counts.of(NAMES, outcomes)
    xs, ys, winners, weights = [], [], [], []
    for (i, j), wins in np.ndenumerate(counts.wins):
        if wins:
            xs.append(NAMES[i]), ys.append(NAMES[j]), winners.append(evalica.Winner.X), weights.append(wins)
    result = evalica.bradley_terry(xs, ys, winners, weights=weights, tolerance=1e-13, limit=100_000)
    logs = np.log(result.scores.loc[list(NAMES)].to_numpy())
    assert list(ratings_by_name(counts).values()) == pytest.approx(as_ratings(logs), abs=1e-3)


@pytest.mark.parametrize("seed", range(10))
def test_intervals_agree_with_a_logistic_regression(seed: int) -> None:
    """statsmodels' binomial GLM with the HC0 sandwich, one row a vote, the last model as its baseline."""
    source = random.Random(seed)
    pairs = [(one, other) for one in NAMES for other in NAMES if one != other]
    counts = Counts.of(NAMES, [PairOutcomes(*pair, *(source.randint(1, 9) for _cell in range(4))) for pair in pairs])
    rows, scores = votes_one_by_one(counts)
    fitted = sm.GLM(scores, rows[:, :-1], family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-13)
    centring = np.vstack([np.eye(3), np.zeros(3)]) - 1 / 4
    theirs = centring @ fitted.cov_params() @ centring.T
    fit = fit_bradley_terry(counts)
    assert fit.strengths == pytest.approx(centring @ fitted.params, abs=1e-9)
    assert fit.covariance == pytest.approx(theirs, abs=1e-9)


def votes_one_by_one(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    rows, scores = [], []
    for pair in counts.outcomes():
        row = np.zeros(len(NAMES))
        row[counts.models.index(pair.model_a)], row[counts.models.index(pair.model_b)] = 1, -1
        for score, number in ((1.0, pair.a), (0.0, pair.b), (0.5, pair.tie)):
            rows += [row] * number
            scores += [score] * number
    return np.array(rows), np.array(scores)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    """500 boards of 4 models and 120 votes, a quarter of them ties: the 95 % intervals cover 95 %."""
    source = np.random.default_rng(7)
    truth = np.array([0.6, 0.2, -0.2, -0.6])
    pairs = [(i, j) for i in range(4) for j in range(i)]
    chance = {(i, j): np.exp(np.array([truth[i], truth[j], (truth[i] + truth[j]) / 2 - 0.4])) for i, j in pairs}
    shares = {pair: odds / odds.sum() for pair, odds in chance.items()}
    target = as_ratings(fit_strengths(expected_wins(shares)))
    covered = []
    for _board in range(500):
        decided, ties = np.zeros((4, 4), dtype=np.int64), np.zeros((4, 4), dtype=np.int64)
        for (i, j), share in shares.items():
            decided[i, j], decided[j, i], ties[i, j] = source.multinomial(20, share)
            ties[j, i] = ties[i, j]
        fit = fit_bradley_terry(Counts(tuple("wxyz"), decided, np.zeros_like(decided), np.triu(ties), decided * 0))
        covered.append(np.abs(as_ratings(fit.strengths) - target) <= POINTS * half_widths(fit.covariance))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def expected_wins(shares: dict[tuple[int, int], np.ndarray]) -> np.ndarray:
    wins = np.zeros((4, 4))
    for (i, j), (won, lost, tied) in shares.items():
        wins[i, j], wins[j, i] = won + tied / 2, lost + tied / 2
    return wins


def test_ties_alone_do_not_make_an_interval_of_no_width() -> None:
    counts = Counts.of("xy", [PairOutcomes("x", "y", 0, 0, 20, 0)])
    widths = half_widths(fit_bradley_terry(counts).covariance)
    assert (widths > 0.1).all()


def test_elo_is_the_mean_of_shuffled_vote_by_vote_elo() -> None:
    source = random.Random(3)
    votes = [("x", "y", "a")] * 60 + [("x", "y", "b")] * 30 + [("y", "z", "a")] * 50 + [("z", "x", "tie")] * 20
    winner = {"a": evalica.Winner.X, "b": evalica.Winner.Y, "tie": evalica.Winner.Draw}
    shuffled = []
    for _order in range(200):
        xs, ys, outcomes = zip(*source.sample(votes, len(votes)), strict=True)
        result = evalica.elo(xs, ys, [winner[outcome] for outcome in outcomes], initial=1000, k=4, scale=400)
        shuffled.append(result.scores.sort_index().to_numpy())
    counts = Counts.of("xyz", [one_vote(*vote) for vote in votes])
    assert rate(counts.wins) == pytest.approx(np.mean(shuffled, axis=0), abs=1)


def one_vote(a: str, b: str, outcome: str) -> PairOutcomes:
    return PairOutcomes(a, b, **{name: int(name == outcome) for name in ("a", "b", "tie", "both_bad")})


def test_a_model_without_a_win_is_not_ranked() -> None:
    counts = Counts.of("xyz", [PairOutcomes("x", "y", 8, 7, 0, 0), PairOutcomes("z", "x", 0, 9, 0, 0)])
    assert named_reasons(counts) == ({"x", "y"}, {"z": "no_win"})


def test_a_model_without_a_loss_is_not_ranked() -> None:
    counts = Counts.of("xyz", [PairOutcomes("x", "y", 8, 7, 0, 0), PairOutcomes("z", "x", 9, 0, 0, 0)])
    assert named_reasons(counts) == ({"x", "y"}, {"z": "no_loss"})


def test_a_model_with_few_votes_is_set_aside_with_its_votes() -> None:
    counts = Counts.of("xyz", [PairOutcomes("x", "y", 8, 7, 0, 0), PairOutcomes("z", "x", 2, 2, 0, 0)])
    assert named_reasons(counts) == ({"x", "y"}, {"z": "few_votes"})


def test_the_smaller_island_is_not_ranked() -> None:
    mainland = [PairOutcomes(a, b, 4, 4, 0, 0) for a, b in ("uv", "vw", "wu")]
    counts = Counts.of("uvwxy", [*mainland, PairOutcomes("x", "y", 5, 5, 0, 0)])
    assert named_reasons(counts) == ({"u", "v", "w"}, {"x": "not_connected", "y": "not_connected"})


def test_two_equal_islands_are_no_board() -> None:
    counts = Counts.of("uvxy", [PairOutcomes("u", "v", 5, 5, 0, 0), PairOutcomes("x", "y", 5, 5, 0, 0)])
    assert named_reasons(counts)[0] == set()


def named_reasons(counts: Counts) -> tuple[set[str], dict[str, str]]:
    found = comparable_models(counts, minimum=5)
    names = counts.models
    return {names[i] for i in found.ranked}, {names[i]: reason for i, reason in found.reasons.items()}
