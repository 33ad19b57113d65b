"""What hangs on single voters and votes, against fits without them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from arena.ranking.ballots import Ballots
from arena.ranking.counts import Counts
from arena.ranking.influence import fewest_voters, fewest_votes, influence_of_voters
from arena.ranking.newton import Prior, fit_bradley_terry


def random_ballots(seed: int, *, voters: int = 30, votes: int = 40, models: int = 5) -> Ballots:
    rng = np.random.default_rng(seed)
    number = voters * votes
    strength = np.linspace(0.4, -0.4, models)
    a = rng.integers(0, models, number)
    b = (a + rng.integers(1, models, number)) % models
    won = rng.random(number) < 1 / (1 + np.exp(strength[b] - strength[a]))
    outcome = np.where(rng.random(number) < 0.2, 2, np.where(won, 0, 1)).astype(np.int8)
    names = tuple(f"m{i}" for i in range(models))
    voter = rng.integers(0, voters, number)
    return Ballots(names, a.astype(np.int32), b.astype(np.int32), outcome, voter=voter.astype(np.int32))


def counts_of(wins: list[list[int]]) -> Counts:
    table = np.array(wins)
    nothing = np.zeros_like(table)
    return Counts(tuple(f"m{i}" for i in range(len(wins))), table, nothing, nothing, nothing)


def strengths_of(counts: Counts) -> np.ndarray:
    return fit_bradley_terry(counts, prior=Prior(np.zeros(len(counts.models)), 1e-3)).strengths


def test_the_influence_of_a_voter_is_what_a_fit_without_them_changes() -> None:
    ballots = random_ballots(1)
    fit = fit_bradley_terry(ballots.counts())
    found = influence_of_voters(ballots, fit)
    for voter in (0, 7, 29):
        without = fit_bradley_terry(ballots.take(ballots.voter != voter).counts())
        assert found.changes[voter] == pytest.approx(fit.strengths - without.strengths, abs=2e-3)


def test_without_a_voter_who_holds_the_board_together_nothing_can_be_said() -> None:
    ballots = random_ballots(2, models=4)
    alone = np.isin(ballots.a, [3]) | np.isin(ballots.b, [3])
    voter = np.where(alone, 99, ballots.voter).astype(np.int32)
    ballots = Ballots(ballots.models, ballots.a, ballots.b, ballots.outcome, voter=voter)
    found = influence_of_voters(ballots, fit_bradley_terry(ballots.counts()))
    assert np.isnan(found.changes[found.voters == 99]).all()
    assert not np.isnan(found.changes[found.voters != 99]).any()


def test_between_two_models_it_takes_the_lead_and_one() -> None:
    flip = fewest_votes(counts_of([[0, 14], [10, 0]]))
    assert flip is not None
    assert (flip.leader, flip.challenger, flip.votes) == (0, 1, 5)


def test_the_fewest_votes_are_not_more_than_trying_every_set_would_find() -> None:
    """Three models, every way of taking votes of three cells away."""
    wins = [[0, 9, 8], [6, 0, 7], [5, 7, 0]]
    flip = fewest_votes(counts_of(wins))
    smallest = min(sum(taken) for taken in itertools.product(range(6), repeat=3) if _first_after(wins, taken) != 0)
    assert flip is not None
    assert flip.votes == smallest


def _first_after(wins: list[list[int]], taken: tuple[int, ...]) -> int:
    table = np.array(wins)
    for (i, j), number in zip([(0, 1), (0, 2), (2, 1)], taken, strict=True):
        table[i, j] = max(0, table[i, j] - number)
    return int(np.argmax(strengths_of(counts_of(table.tolist()))))


@pytest.mark.parametrize("seed", range(4))
def test_without_the_voters_that_were_found_another_model_is_first(seed: int) -> None:
    ballots = random_ballots(seed)
    flip = fewest_voters(ballots)
    assert flip is not None
    left = ballots.take(~np.isin(ballots.voter, flip.voters))
    strengths = strengths_of(left.counts())
    assert strengths[flip.challenger] > strengths[flip.leader]
    assert len(left) == len(ballots) - flip.votes


def test_one_voter_with_many_votes_can_hold_up_the_first_place() -> None:
    ballots = random_ballots(3, models=3)
    planted = 500 * (len(ballots.models) - 2)
    a, b = np.full(planted, 2, dtype=np.int32), np.zeros(planted, dtype=np.int32)
    voter = np.full(planted, 77, dtype=np.int32)
    with_planted = Ballots(
        ballots.models,
        np.concatenate([ballots.a, a]),
        np.concatenate([ballots.b, b]),
        np.concatenate([ballots.outcome, np.zeros(planted, dtype=np.int8)]),
        voter=np.concatenate([ballots.voter, voter]),
    )
    flip = fewest_voters(with_planted)
    assert flip is not None
    assert (flip.leader, flip.voters) == (2, (77,))


def test_a_board_of_one_model_has_nobody_to_take_the_first_place() -> None:
    assert fewest_votes(counts_of([[0]])) is None
