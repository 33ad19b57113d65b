"""Style control: planted effects are found again, and other people's regressions say the same."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm

from arena.ranking.appearance import FEATURES, appearance, appearances, style_features
from arena.ranking.ballots import Ballots
from arena.ranking.newton import fit_bradley_terry
from arena.ranking.style import fit_style

NAMES = ("ahuntz", "behi", "catu", "duhate", "erbi")
TRUTH = np.array([0.8, 0.3, 0.0, -0.4, -0.7])
N = len(NAMES)


def simulated(
    votes: int, seed: int, *, length: float = 0.0, side: float = 0.0, names: tuple[str, ...] = ("characters", "lists")
) -> Ballots:
    """Votes of people who like length and side A so much; the better the model, the longer its answers."""
    source = np.random.default_rng(seed)
    a = source.integers(0, N, votes)
    b = (a + source.integers(1, N, votes)) % N
    features = source.normal(0, 1, (votes, len(names)))
    features[:, 0] += 0.5 * (TRUTH[a] - TRUTH[b])
    chance = 1 / (1 + np.exp(TRUTH[b] - TRUTH[a] - side - length * features[:, 0]))
    outcome = np.where(source.random(votes) < chance, 0, 1)
    undecided = source.random(votes)
    outcome = np.where(undecided < 0.1, 2, np.where(undecided < 0.2, 3, outcome))
    return Ballots(NAMES, a, b, outcome, features=features, feature_names=names)


def design(ballots: Ballots) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The comparing votes; a row for each: e_A − e_B, 1, features; and its score."""
    compared = ballots.outcome < 3
    rows = np.zeros((len(ballots), N))
    rows[np.arange(len(ballots)), ballots.a] = 1
    rows[np.arange(len(ballots)), ballots.b] = -1
    assert ballots.features is not None
    rows = np.hstack([rows, np.ones((len(ballots), 1)), ballots.features])[compared]
    return compared, rows, np.array([1, 0, 0.5])[ballots.outcome[compared]]


def test_planted_length_and_side_are_found_again() -> None:
    decided = simulated(60_000, 1, length=0.25, side=0.1)
    ballots = decided.take(decided.outcome < 2)
    fit = fit_style(ballots)
    assert fit.parameters["characters"] == pytest.approx(0.25, abs=3 * fit.parameter_errors["characters"])
    assert fit.parameters["side"] == pytest.approx(0.1, abs=3 * fit.parameter_errors["side"])
    assert fit.parameters["lists"] == pytest.approx(0, abs=3 * fit.parameter_errors["lists"])
    assert fit.strengths == pytest.approx(TRUTH - TRUTH.mean(), abs=0.05)


def test_without_style_control_the_longer_model_gains() -> None:
    decided = simulated(60_000, 2, length=0.5)
    ballots = decided.take(decided.outcome < 2)
    held, free = fit_style(ballots).strengths, fit_bradley_terry(ballots.counts()).strengths
    assert np.ptp(free) > np.ptp(held) + 0.1


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_a_logistic_regression(seed: int) -> None:
    """statsmodels' binomial GLM with the HC0 sandwich, one row a vote, the last model as its baseline."""
    ballots = simulated(800, seed, length=0.4, side=0.2)
    _compared, rows, scores = design(ballots)
    theirs = sm.GLM(scores, np.delete(rows, N - 1, axis=1), family=sm.families.Binomial()).fit(
        cov_type="HC0", tol=1e-13
    )
    centring = np.vstack([np.eye(N - 1), np.zeros(N - 1)]) - 1 / N
    fit = fit_style(ballots)
    assert fit.strengths == pytest.approx(centring @ theirs.params[: N - 1], abs=1e-6)
    assert list(fit.parameters.values()) == pytest.approx(theirs.params[N - 1 :], abs=1e-6)
    covariance = theirs.cov_params()
    assert fit.covariance == pytest.approx(centring @ covariance[: N - 1, : N - 1] @ centring.T, abs=1e-6)
    assert list(fit.parameter_errors.values()) == pytest.approx(np.sqrt(np.diag(covariance)[N - 1 :]), abs=1e-6)
    assert list(fit.parameters) == ["side", "characters", "lists"]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_gradient_is_zero_on_more_votes_than_the_start_is_made_from(weighted: bool) -> None:
    ballots = simulated(130_000, 3, length=0.3, side=0.1)
    weight = np.random.default_rng(3).uniform(0.5, 2, len(ballots))
    fit = fit_style(replace(ballots, weight=weight) if weighted else ballots)
    compared, rows, scores = design(ballots)
    at = np.concatenate([fit.strengths, list(fit.parameters.values())])
    residuals = (scores - 1 / (1 + np.exp(-rows @ at))) * (weight[compared] if weighted else 1)
    assert rows.T @ residuals == pytest.approx(0, abs=1e-4)


def test_a_model_of_few_votes_among_many_is_rated_too() -> None:
    """It may have no win among the votes that the start is made from."""
    ballots, rare = simulated(100_000, 13), 4
    meets = (ballots.a == rare) | (ballots.b == rare)
    seldom = ballots.take(~meets | (np.cumsum(meets) % 2000 == 0))
    kept = (seldom.a == rare) | (seldom.b == rare)
    turned = seldom.outcome.copy()
    turned[kept] = np.arange(kept.sum()) % 2
    fit = fit_style(replace(seldom, outcome=turned))
    assert np.isfinite(fit.strengths).all()
    assert np.sqrt(fit.covariance[rare, rare]) > 0.2


def test_features_of_zero_change_no_rating() -> None:
    ballots = simulated(2_000, 4, side=0.1)
    alike = replace(ballots, features=np.zeros((len(ballots), 2)))
    bare = replace(ballots, features=None, feature_names=())
    assert fit_style(alike).strengths == pytest.approx(fit_style(bare).strengths, abs=1e-12)
    assert list(fit_style(alike).parameters) == ["side"]


def test_where_nothing_differs_it_is_bradley_terry() -> None:
    """Every vote is there once on either display, so that no side has an advantage."""
    one = replace(simulated(2_000, 5), features=None, feature_names=())
    turned = np.array([1, 0, 2, 3])[one.outcome]
    both = Ballots(NAMES, *(np.concatenate(pair) for pair in ((one.a, one.b), (one.b, one.a), (one.outcome, turned))))
    fit, plain = fit_style(both), fit_bradley_terry(both.counts())
    assert fit.parameters["side"] == pytest.approx(0, abs=1e-9)
    assert fit.strengths == pytest.approx(plain.strengths, abs=1e-8)
    assert fit.covariance == pytest.approx(plain.covariance, abs=1e-8)
    assert fit.hessian == pytest.approx(plain.hessian, abs=1e-3)


def test_both_bad_changes_nothing() -> None:
    ballots = simulated(2_000, 6, length=0.3)
    fit, without = fit_style(ballots), fit_style(ballots.take(ballots.outcome < 3))
    assert fit.strengths == pytest.approx(without.strengths, abs=1e-12)
    assert fit.parameters == pytest.approx(without.parameters, abs=1e-12)


def test_turning_the_sides_turns_the_side_alone() -> None:
    ballots = simulated(2_000, 7, length=0.3, side=0.3)
    assert ballots.features is not None
    outcome = np.array([1, 0, 2, 3])[ballots.outcome]
    turned = replace(ballots, a=ballots.b, b=ballots.a, outcome=outcome, features=-ballots.features)
    fit, other = fit_style(ballots), fit_style(turned)
    assert other.strengths == pytest.approx(fit.strengths, abs=1e-12)
    assert other.parameters == pytest.approx({**fit.parameters, "side": -fit.parameters["side"]}, abs=1e-9)


def test_order_changes_nothing() -> None:
    ballots = simulated(5_000, 12, length=0.3)
    shuffled = ballots.take(np.random.default_rng(12).permutation(len(ballots)))
    assert fit_style(shuffled).strengths == pytest.approx(fit_style(ballots).strengths, abs=1e-12)


def test_a_vote_of_weight_two_counts_as_two() -> None:
    ballots = simulated(1_000, 8, length=0.3)
    twice = ballots.take(np.repeat(np.arange(len(ballots)), 1 + np.arange(len(ballots)) % 2))
    weighted = replace(ballots, weight=1.0 + np.arange(len(ballots)) % 2)
    assert fit_style(weighted).strengths == pytest.approx(fit_style(twice).strengths, abs=1e-9)


def test_a_side_that_always_wins_has_no_maximum() -> None:
    ballots = simulated(200, 9)
    with pytest.raises(ArithmeticError):
        fit_style(replace(ballots, outcome=np.zeros(200, dtype=np.int64)))


def test_a_model_that_nobody_compared_is_refused() -> None:
    ballots = simulated(200, 10)
    with pytest.raises(ArithmeticError):
        fit_style(replace(ballots, models=(*NAMES, "inor")))


def test_two_features_that_are_the_same_are_refused() -> None:
    ballots = simulated(500, 11)
    assert ballots.features is not None
    with pytest.raises(ArithmeticError):
        fit_style(replace(ballots, features=ballots.features[:, [0, 0]]))


def test_markdown_is_counted() -> None:
    text = "# Titulua\n\n- bat\n- **bi**\n  1. hiru\n\n## Beste bat\n\n**lodi** eta __lodi__, ez * hau * eta ez #hau"
    assert appearance(text) == (len(text), 2, 3, 3)


def test_digits_of_any_script_number_a_list() -> None:
    assert appearance("༡. གཅིག\n༢. གཉིས\n")[FEATURES.index("lists")] == 2


def test_code_is_no_markdown() -> None:
    assert appearance("```python\n# comment\n- 1\n```\n# Titulua")[1:] == (1, 0, 0)


def test_composed_and_decomposed_letters_are_as_long() -> None:
    word = "ñandú"
    assert appearance(unicodedata.normalize("NFD", word)) == appearance(word) == (5, 0, 0, 0)


def test_features_turn_their_sign_with_the_sides_and_have_one_size() -> None:
    a, b = appearances(["luze-luzea da", "# bat", "hau"]), appearances(["laburra", "- bi\n- hiru", "hau"])
    features = style_features(a, b)
    assert features == pytest.approx(-style_features(b, a))
    assert np.sqrt((features[:, :3] ** 2).mean(axis=0)) == pytest.approx(1)
    assert (features[:, FEATURES.index("bold")] == 0).all()
    assert (features[2] == 0).all()


def test_features_of_no_text_have_their_columns() -> None:
    assert style_features(appearances([]), appearances([])).shape == (0, len(FEATURES))
