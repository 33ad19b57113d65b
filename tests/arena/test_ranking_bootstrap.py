"""The Bayesian bootstrap: every round is a fit, and their spread is the error."""

from __future__ import annotations

import numpy as np
import pytest

from arena.ranking import bootstrap as module
from arena.ranking.ballots import Ballots
from arena.ranking.bootstrap import bootstrap
from arena.ranking.counts import Counts, PairOutcomes
from arena.ranking.intervals import voter_covariance
from arena.ranking.newton import fit_bradley_terry
from tests.arena.crowd import crowd


def votes_of(*, votes: int = 4_000, voters: int = 80, taste: float = 0.5) -> Ballots:
    return crowd(np.random.default_rng(3), votes=votes, voters=voters, taste=taste)


def errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def test_a_weight_for_every_vote_shows_the_error_of_independent_votes() -> None:
    votes = votes_of()
    found = bootstrap(votes.counts(), 1000, seed=1).std(axis=0)
    assert found == pytest.approx(errors(fit_bradley_terry(votes.counts()).covariance), rel=0.1)


def test_a_weight_for_every_voter_shows_the_error_of_voters() -> None:
    votes = votes_of()
    expected, _voters = voter_covariance(votes, fit_bradley_terry(votes.counts()), range(8))
    assert bootstrap(votes, 1000, seed=1, unit="voter").std(axis=0) == pytest.approx(errors(expected), rel=0.12)


def test_weights_of_votes_are_kept() -> None:
    votes = votes_of()
    alike = Ballots(votes.models, votes.a, votes.b, votes.outcome, weight=np.full(len(votes), 3.0))
    found = bootstrap(alike, 500, seed=1)
    expected = fit_bradley_terry(votes.counts())
    assert found.mean(axis=0) == pytest.approx(expected.strengths, abs=0.02)
    assert found.std(axis=0) == pytest.approx(errors(expected.covariance), rel=0.12)


def test_every_round_solves_its_own_likelihood(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    solve = module._solved

    def watched(wins: np.ndarray, met: np.ndarray, *rest: np.ndarray) -> np.ndarray:
        drawn.append((wins, met))
        return solve(wins, met, *rest)

    monkeypatch.setattr(module, "_solved", watched)
    rounds = bootstrap(votes_of().counts(), 20)
    wins, met = drawn[0]
    for strengths, won, compared in zip(rounds, wins.T, met.T, strict=True):
        alone = module._alone(won, compared, np.zeros(8))
        assert strengths == pytest.approx(alone - alone.mean(), abs=2e-5)


def test_a_board_that_hangs_by_one_vote_never_falls_apart() -> None:
    circle = [
        PairOutcomes("a", "b", 1, 0, 0, 0),
        PairOutcomes("b", "c", 1, 0, 0, 0),
        PairOutcomes("c", "a", 1, 0, 0, 0),
    ]
    assert np.isfinite(bootstrap(Counts.of("abc", circle), 1000)).all()


def test_the_same_seed_gives_the_same_rounds() -> None:
    counts = votes_of().counts()
    assert (bootstrap(counts, 300, seed=4) == bootstrap(counts, 300, seed=4)).all()
    assert (bootstrap(counts, 300, seed=4) != bootstrap(counts, 300, seed=5)).any()


def test_rounds_are_centred() -> None:
    assert bootstrap(votes_of().counts(), 10).mean(axis=1) == pytest.approx(0, abs=1e-9)


def test_counts_do_not_know_their_voters() -> None:
    with pytest.raises(ValueError, match="do not know their voters"):
        bootstrap(votes_of().counts(), 10, unit="voter")
