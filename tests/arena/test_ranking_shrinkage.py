"""Small boards that lean on their parent: where they end, and that they predict better for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from arena.ranking.board import Board, board_of
from arena.ranking.bradley_terry import CENTRE, POINTS, chances, fit_strengths
from arena.ranking.counts import Counts, FloatVector, PairOutcomes
from arena.ranking.shrinkage import (
    USUAL_SPREAD,
    choose_spread,
    choose_spreads,
    fit_root,
    shrunken,
    size_class,
)
from arena.ranking.slices import boards_of_slices

MODELS = 8
NAMES = tuple(f"model-{i}" for i in range(MODELS))
PARENT = np.linspace(-0.8, 0.8, MODELS)


def board_of_truth(truth: FloatVector, votes: int, source: np.random.Generator) -> Counts:
    """So many votes on pairs drawn uniformly, without ties, all won as `truth` lets expect."""
    n = len(truth)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    met = source.multinomial(votes, np.full(len(pairs), 1 / len(pairs)))
    a, empty = np.zeros((2, n, n), dtype=np.int64)
    b = np.zeros_like(a)
    for (i, j), number in zip(pairs, met, strict=True):
        a[i, j] = source.binomial(number, chances(truth)[i, j])
        b[i, j] = number - a[i, j]
    return Counts(NAMES[:n], a, b, empty, empty.copy())


def total(boards: Sequence[Counts]) -> Counts:
    outcomes = [outcome for board in boards for outcome in board.outcomes()]
    return Counts.of(NAMES, outcomes)


def log_loss(truth: FloatVector, strengths: FloatVector) -> float:
    """Expected over all pairs alike: what infinitely many held-out votes would show."""
    apart = ~np.eye(len(truth), dtype=bool)
    return float(-2 * np.mean(chances(truth)[apart] * np.log(chances(strengths)[apart])))


def test_a_slice_without_votes_equals_its_parent() -> None:
    fit = shrunken(Counts.of(NAMES, []), towards=PARENT, spread=0.3)
    assert fit.strengths == pytest.approx(PARENT, abs=1e-12)


def test_a_slice_with_many_votes_approaches_its_own_maximum() -> None:
    board = board_of_truth(PARENT[::-1].copy(), 2_000_000, np.random.default_rng(1))
    fit = shrunken(board, towards=PARENT, spread=0.3)
    assert fit.strengths == pytest.approx(fit_strengths(board.wins), abs=2e-3)


def test_a_model_without_a_win_stays_finite() -> None:
    lost = [PairOutcomes("model-0", name, 0, 5, 0, 0) for name in NAMES[1:]]
    strengths = fit_root(Counts.of(NAMES, lost)).strengths
    assert strengths.argmin() == 0
    assert -3 < strengths[0] < -1


def test_a_narrower_spread_stays_nearer_to_the_parent() -> None:
    board = board_of_truth(PARENT[::-1].copy(), 200, np.random.default_rng(2))
    apart = [np.abs(shrunken(board, towards=PARENT, spread=spread).strengths - PARENT).max() for spread in (0.1, 0.5)]
    assert apart[0] < apart[1]


def test_the_posterior_is_no_wider_than_the_spread_lets_it() -> None:
    board = board_of_truth(PARENT, 50, np.random.default_rng(3))
    errors = np.sqrt(np.diag(shrunken(board, towards=PARENT, spread=0.3).covariance))
    assert (errors < 0.3).all()


def test_a_spread_is_found_again_in_many_boards() -> None:
    source = np.random.default_rng(4)
    boards = [board_of_truth(PARENT + source.normal(0, 0.5, MODELS), 600, source) for _board in range(30)]
    assert choose_spread(boards, PARENT) == pytest.approx(0.5, rel=0.15)


def test_boards_like_their_parent_get_a_small_spread() -> None:
    source = np.random.default_rng(5)
    boards = [board_of_truth(PARENT, 3000, source) for _board in range(20)]
    assert choose_spread(boards, PARENT) < 0.06


def test_without_votes_the_usual_spread_is_expected() -> None:
    assert choose_spread([Counts.of(NAMES, [])], PARENT) == pytest.approx(USUAL_SPREAD, rel=0.01)


def test_each_size_class_has_a_spread_of_its_own() -> None:
    source = np.random.default_rng(6)
    small = [board_of_truth(PARENT + source.normal(0, 0.8, MODELS), 250, source) for _board in range(8)]
    large = [board_of_truth(PARENT + source.normal(0, 0.1, MODELS), 6000, source) for _board in range(4)]
    assert [size_class(board) for board in (small[0], large[0])] == [0, 3]
    spreads = choose_spreads([(board, PARENT) for board in (*small, *large)])
    assert len(set(spreads)) == 2
    assert spreads[0] > 0.5 > 0.2 > spreads[-1]


@pytest.mark.parametrize("votes", [60, 250])
def test_shrunken_slices_predict_better_than_their_own_votes_or_all_votes(votes: int) -> None:
    """Forty languages whose tastes differ from the common one by 0.4."""
    source = np.random.default_rng(votes)
    truths = [PARENT + source.normal(0, 0.4, MODELS) for _language in range(40)]
    boards = [board_of_truth(truth, votes, source) for truth in truths]
    everywhere = fit_root(total(boards)).strengths
    spreads = choose_spreads([(board, everywhere) for board in boards])
    fits = [shrunken(board, towards=everywhere, spread=tau) for board, tau in zip(boards, spreads, strict=True)]
    alone = [fit_root(board).strengths for board in boards]

    def mean_loss(strengths: Sequence[FloatVector]) -> float:
        return float(np.mean([log_loss(truth, one) for truth, one in zip(truths, strengths, strict=True)]))

    ours = mean_loss([fit.strengths for fit in fits])
    assert ours < mean_loss(alone)
    assert ours < mean_loss([everywhere] * len(boards))


def test_slices_of_a_size_lean_on_their_parent_alike() -> None:
    """Alone, a slice that happens to look like its parent would be taken to be the same."""
    source = np.random.default_rng(7)
    boards = [board_of_truth(PARENT + source.normal(0, 0.6, MODELS), 250, source) for _slice in range(6)]
    parent = board_of(total(boards), minimum=1)
    leaning = boards_of_slices({str(i): board for i, board in enumerate(boards)}, minimum=1, parent=parent)
    together = choose_spread(boards, np.array([(parent_rating(parent, name) - CENTRE) / POINTS for name in NAMES]))
    alike = [board_of(board, minimum=1, parent=parent, spread=together) for board in boards]
    assert [board.rows for board in leaning.values()] == [board.rows for board in alike]


def test_a_slice_knows_only_some_of_the_models() -> None:
    source = np.random.default_rng(8)
    parent = board_of(board_of_truth(PARENT, 2_000, source), minimum=1)
    few = board_of_truth(PARENT[:3], 100, source)
    [leaning] = boards_of_slices({"eu": few}, minimum=1, parent=parent).values()
    assert {row.model for row in leaning.ranked()} == set(NAMES[:3])


def parent_rating(parent: Board, name: str) -> float:
    [rating] = [row.rating for row in parent.rows if row.model == name]
    assert rating is not None
    return rating
