"""Davidson's ties and the zero of both bad, against other people's solvers and against their definitions."""

from __future__ import annotations

from itertools import pairwise

import choix
import evalica
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from arena.ranking.both_bad import fit_both_bad
from arena.ranking.counts import Counts, FloatVector, PairOutcomes
from arena.ranking.davidson import fit_davidson
from arena.ranking.newton import Fit, fit_bradley_terry

NAMES = ("ahuntz", "behi", "catu", "duhate")
N = len(NAMES)
WINNERS = (evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw)
CELLS = st.tuples(*[st.integers(0, 12)] * 4)


@st.composite
def boards(draw: st.DrawFn) -> Counts:
    """Four models; around the circle every outcome happened, so that every likelihood has a maximum."""
    outcomes = [PairOutcomes(one, other, *draw(CELLS)) for one in NAMES for other in NAMES if one != other]
    circle = pairwise([*NAMES, NAMES[0]])
    return Counts.of(NAMES, outcomes + [PairOutcomes(one, other, 1, 1, 1, 1) for one, other in circle])


def without_ties(counts: Counts) -> Counts:
    return Counts(counts.models, counts.a, counts.b, np.zeros_like(counts.tie), counts.both_bad)


def log_likelihood(counts: Counts, strengths: FloatVector, tie: float, *, both_bad: bool) -> float:
    """Word for word from the definition, with or without the outside option."""
    total, options = 0.0, 4 if both_bad else 3
    for pair in counts.outcomes():
        i, j = (np.exp(strengths[NAMES.index(name)]) for name in (pair.model_a, pair.model_b))
        strength = np.array([i, j, tie * np.sqrt(i * j), 1])[:options]
        total += float(np.array(pair[2 : 2 + options]) @ np.log(strength / strength.sum()))
    return total


def gradient(counts: Counts, fit: Fit, *, both_bad: bool) -> FloatVector:
    """By central differences, of the strengths and of log ν."""
    at, width = np.append(fit.strengths, np.log(fit.parameters["tie"])), 1e-5
    steps = np.eye(len(at)) * width

    def value(point: FloatVector) -> float:
        return log_likelihood(counts, point[:-1], float(np.exp(point[-1])), both_bad=both_bad)

    return np.array([(value(at + step) - value(at - step)) / (2 * width) for step in steps])


@given(counts=boards())
@settings(deadline=None, max_examples=50)
def test_davidson_agrees_with_evalicas_newman(counts: Counts) -> None:
    """Newman's tie parameter v is half of Davidson's ν; the models are the same (Newman 2023)."""
    rows = [
        (pair.model_a, pair.model_b, winner, float(number))
        for pair in counts.outcomes()
        for winner, number in zip(WINNERS, (pair.a, pair.b, pair.tie), strict=True)
        if number
    ]
    xs, ys, winners, weights = (list(column) for column in zip(*rows, strict=True))
    theirs = evalica.newman(xs, ys, winners, weights=weights, tolerance=1e-13, limit=100_000)
    logs = np.log(theirs.scores.loc[list(NAMES)].to_numpy())
    # It ends where the strengths no longer move: at once, with v as it began, where all are equal.
    assume(theirs.iterations > 1)
    ours = fit_davidson(counts)
    assert ours.strengths == pytest.approx(logs - logs.mean(), abs=1e-8)
    assert ours.parameters["tie"] == pytest.approx(2 * theirs.v, rel=1e-8)


@given(counts=boards())
@settings(deadline=None, max_examples=25)
def test_no_general_optimiser_finds_a_higher_likelihood_than_davidsons(counts: Counts) -> None:
    fit = fit_davidson(counts)
    found = minimize(lambda x: -log_likelihood(counts, x[:-1], float(np.exp(x[-1])), both_bad=False), np.zeros(N + 1))
    assert found.x[:-1] - found.x[:-1].mean() == pytest.approx(fit.strengths, abs=1e-3)
    reached = log_likelihood(counts, fit.strengths, fit.parameters["tie"], both_bad=False)
    assert reached >= -found.fun - 1e-9 * abs(found.fun)


@given(counts=boards())
@settings(deadline=None, max_examples=25)
def test_the_gradient_is_zero_at_davidsons_maximum(counts: Counts) -> None:
    assert gradient(counts, fit_davidson(counts), both_bad=False) == pytest.approx(0, abs=1e-5)


@given(counts=boards())
@settings(deadline=None, max_examples=25)
def test_the_gradient_is_zero_at_the_maximum_with_both_bad(counts: Counts) -> None:
    assert gradient(counts, fit_both_bad(counts), both_bad=True) == pytest.approx(0, abs=1e-5)


@given(counts=boards())
@settings(deadline=None, max_examples=25)
def test_davidson_without_ties_is_bradley_terry(counts: Counts) -> None:
    counts = without_ties(counts)
    ours, theirs = fit_davidson(counts), fit_bradley_terry(counts)
    assert ours.strengths == pytest.approx(theirs.strengths, abs=1e-9)
    assert ours.covariance == pytest.approx(theirs.covariance, abs=1e-9)
    assert ours.hessian == pytest.approx(theirs.hessian, abs=1e-8)
    assert ours.parameters == {"tie": 0.0}
    assert ours.parameter_errors == {}


@given(counts=boards())
@settings(deadline=None, max_examples=50)
def test_both_bad_agrees_with_choix_where_nobody_tied(counts: Counts) -> None:
    """One more item is chosen over both models of a vote for both bad; its strength is the zero."""
    counts, data = without_ties(counts), []
    for pair in counts.outcomes():
        i, j = NAMES.index(pair.model_a), NAMES.index(pair.model_b)
        data += [(i, (j, N))] * pair.a + [(j, (i, N))] * pair.b + [(N, (i, j))] * pair.both_bad
    theirs = choix.ilsr_top1(N + 1, data, max_iter=10_000, tol=1e-11)
    assert fit_both_bad(counts).strengths == pytest.approx((theirs - theirs[N])[:N], abs=1e-8)


def shares(strengths: FloatVector, tie: float, number: int) -> Counts:
    """As many votes of every outcome as the both-bad model expects of `number` votes a pair, rounded."""
    outcomes = []
    for i, j in pairwise(range(len(strengths))):
        options = np.exp([strengths[i], strengths[j], np.log(tie) + (strengths[i] + strengths[j]) / 2, 0])
        outcomes.append(PairOutcomes(NAMES[i], NAMES[j], *np.rint(number * options / options.sum()).astype(int)))
    return Counts.of(NAMES[: len(strengths)], outcomes)


def test_both_bad_finds_strengths_and_ties_again() -> None:
    truth = np.array([0.8, 0.1, -0.3, -1.2])
    fit = fit_both_bad(shares(truth, 0.7, 10_000_000))
    assert fit.strengths == pytest.approx(truth, abs=1e-5)
    assert fit.parameters["tie"] == pytest.approx(0.7, abs=1e-5)


@pytest.mark.parametrize(("good", "bad", "acceptable"), [(6, 4, True), (4, 6, False)])
def test_above_zero_is_sooner_acceptable_than_not(good: int, bad: int, acceptable: bool) -> None:
    """Beside a model that hardly ever helps, x is chosen `good` times and both are refused `bad` times."""
    counts = Counts.of("xy", [PairOutcomes("x", "y", 100_000 * good, 1, 0, 100_000 * bad)])
    strength = fit_both_bad(counts).strengths[0]
    assert bool(strength > 0) is acceptable
    assert strength == pytest.approx(np.log(good / bad), abs=1e-4)


def test_more_votes_for_both_bad_lower_everybody() -> None:
    some = Counts.of("xy", [PairOutcomes("x", "y", 6, 3, 2, 5)])
    more = Counts.of("xy", [PairOutcomes("x", "y", 6, 3, 2, 15)])
    assert (fit_both_bad(more).strengths < fit_both_bad(some).strengths - 0.5).all()


@pytest.mark.parametrize("fit", [fit_davidson, fit_both_bad])
def test_sides_do_not_matter(fit: type[Fit]) -> None:
    outcomes = [
        PairOutcomes("x", "y", 6, 3, 2, 5),
        PairOutcomes("y", "z", 4, 4, 3, 1),
        PairOutcomes("z", "x", 2, 5, 1, 2),
    ]
    swapped = [PairOutcomes(pair.model_b, pair.model_a, pair.b, pair.a, pair.tie, pair.both_bad) for pair in outcomes]
    one, other = fit(Counts.of("xyz", outcomes)), fit(Counts.of("xyz", swapped))
    assert one.strengths == pytest.approx(other.strengths, abs=1e-12)


def test_without_any_both_bad_nothing_holds_the_zero() -> None:
    with pytest.raises(ArithmeticError):
        fit_both_bad(Counts.of("xy", [PairOutcomes("x", "y", 6, 3, 2, 0)]))


@pytest.mark.parametrize("outcome", [PairOutcomes("x", "y", 0, 0, 5, 0), PairOutcomes("x", "y", 3, 0, 2, 0)])
def test_davidson_says_where_votes_leave_no_maximum(outcome: PairOutcomes) -> None:
    with pytest.raises(ArithmeticError):
        fit_davidson(Counts.of("xy", [outcome]))


@pytest.mark.parametrize("bad", [0, 1])
def test_nineteen_of_twenty_intervals_hold_the_truth(bad: int) -> None:
    """200 boards of 4 models and 60 votes a pair; the covariance is judged by the coverage that it gives."""
    source, truth, tie = np.random.default_rng(11), np.array([0.6, 0.2, -0.2, -0.6]), 0.6
    covered = []
    for _board in range(200):
        outcomes = []
        for i in range(N):
            for j in range(i):
                options = np.exp([truth[i], truth[j], np.log(tie) + (truth[i] + truth[j]) / 2, 0]) * [1, 1, 1, bad]
                outcomes.append(PairOutcomes(NAMES[i], NAMES[j], *source.multinomial(60, options / options.sum())))
        fit = (fit_both_bad if bad else fit_davidson)(Counts.of(NAMES, outcomes))
        off = np.append(fit.strengths - truth, fit.parameters["tie"] - tie)
        errors = np.append(np.sqrt(np.diag(fit.covariance)), fit.parameter_errors["tie"])
        covered.append(np.abs(off) <= 1.96 * errors)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_weights_of_one_half_and_their_squares_widen_nothing_but_the_errors() -> None:
    """Votes of weight ½ rate as half as many do, and are as uncertain as all of them."""
    counts = Counts.of("xyz", [PairOutcomes(*pair, 8, 6, 4, 2) for pair in ("xy", "yz", "zx")])
    half, quarter = (
        Counts(counts.models, *(weight * matrix for matrix in (counts.a, counts.b, counts.tie, counts.both_bad)))
        for weight in (0.5, 0.25)
    )
    weighted, plain = fit_davidson(half, squared=quarter), fit_davidson(counts)
    assert weighted.strengths == pytest.approx(plain.strengths, abs=1e-9)
    assert weighted.covariance == pytest.approx(plain.covariance, abs=1e-9)
