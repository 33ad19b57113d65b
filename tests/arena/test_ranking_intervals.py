"""Do the intervals hold what they promise, when the votes of a person resemble each other?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from arena.ranking.ballots import Ballots
from arena.ranking.bradley_terry import chances, fit_strengths
from arena.ranking.intervals import half_widths, voter_covariance
from arena.ranking.newton import fit_bradley_terry
from arena.ranking.sandwich import laplacian
from tests.arena.crowd import MODELS, TIES, TRUTH, crowd


def on_average(taste: float) -> np.ndarray:
    """The strengths that fit the whole crowd: tastes make it less decided than any of its voters."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    apart = TRUTH[:, None, None] - TRUTH[None, :, None] + taste * np.sqrt(2) * nodes
    wins = (1 - TIES) * expit(apart) @ weights / weights.sum() + TIES / 2
    np.fill_diagonal(wins, 0)
    return fit_strengths(wins)


def coverage(*, taste: float, boards: int) -> tuple[float, float]:
    """Shares of the intervals that hold the truth: by voter, and by independent votes."""
    source, target = np.random.default_rng(5), on_average(taste)
    by_voter, by_vote = [], []
    for _board in range(boards):
        votes = crowd(source, votes=6_000, voters=60, taste=taste)
        fit = fit_bradley_terry(votes.counts())
        covariance, voters = voter_covariance(votes, fit, range(MODELS))
        error = np.abs(fit.strengths - target)
        by_voter.append(error <= half_widths(covariance, degrees=voters - 1))
        by_vote.append(error <= half_widths(fit.covariance))
    return float(np.mean(by_voter)), float(np.mean(by_vote))


def test_intervals_by_voter_hold_when_tastes_differ_and_those_by_vote_do_not() -> None:
    by_voter, by_vote = coverage(taste=0.5, boards=500)
    assert 0.93 <= by_voter <= 0.97
    assert by_vote < 0.87


def test_intervals_by_voter_hold_when_nobody_has_a_taste() -> None:
    by_voter, by_vote = coverage(taste=0.0, boards=300)
    assert 0.93 <= by_voter <= 0.98
    assert 0.93 <= by_vote <= 0.97


@pytest.mark.parametrize("weighted", [False, True])
def test_the_jackknife_leaves_out_one_voter_at_a_time(weighted: bool) -> None:
    """The definition, with a pseudo-inverse for every voter."""
    source = np.random.default_rng(11)
    votes = crowd(source, votes=400, voters=15, taste=0.5)
    weight = source.uniform(0.5, 2, 400) if weighted else None
    votes = Ballots(votes.models, votes.a, votes.b, votes.outcome, votes.voter, weight)
    fit = fit_bradley_terry(votes.counts())
    p = chances(fit.strengths)
    expected = np.zeros((MODELS, MODELS))
    for voter in range(15):
        theirs = votes.take(votes.voter == voter).counts()
        score = (theirs.wins - theirs.compared * p).sum(axis=1)
        without = fit.hessian - laplacian(theirs.compared * p * (1 - p))
        change = np.linalg.pinv(without, hermitian=True) @ score
        expected += 14 / 15 * np.outer(change, change)
    covariance, _voters = voter_covariance(votes, fit, range(MODELS))
    assert covariance == pytest.approx(expected, abs=1e-12)


def test_voters_are_worth_as_many_as_equally_busy_ones() -> None:
    votes = crowd(np.random.default_rng(1), votes=300, voters=2, taste=0)
    votes = Ballots(votes.models, votes.a, votes.b, votes.outcome, (np.arange(300) >= 100).astype(np.int32))
    _covariance, voters = voter_covariance(votes, fit_bradley_terry(votes.counts()), range(MODELS))
    assert voters == pytest.approx(300**2 / (100**2 + 200**2))


def test_a_voter_who_alone_holds_the_board_together_widens_it() -> None:
    """Only the last voter met the second island: what the model says of his votes stands for him."""
    a, b = np.repeat([0, 2], 40), np.repeat([1, 3], 40)
    voter = np.tile(np.arange(8), 10)
    a, b, voter = np.append(a, [1] * 6), np.append(b, [2] * 6), np.append(voter, [8] * 6)
    outcome = np.arange(86) % 2
    votes = Ballots(tuple("wxyz"), a, b, outcome, voter)
    covariance, _voters = voter_covariance(votes, fit_bradley_terry(votes.counts()), range(4))
    bridge = covariance[1, 1] + covariance[2, 2] - 2 * covariance[1, 2]
    assert bridge == pytest.approx(4 / 6, rel=0.1)


def test_nameless_voters_cannot_be_left_out() -> None:
    votes = crowd(np.random.default_rng(1), votes=300, voters=20, taste=0)
    nameless = Ballots(votes.models, votes.a, votes.b, votes.outcome)
    with pytest.raises(ValueError, match="do not name their voters"):
        voter_covariance(nameless, fit_bradley_terry(votes.counts()), range(MODELS))
