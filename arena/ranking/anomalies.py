"""Voters who do not vote as people do who read the answers: score tests against the board, false alarms controlled.

What no test here can see: somebody who favours one model and spreads those votes among honest ones, and somebody who
clicks at random among people who seldom agree. Their votes are as likely as anybody's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import false_discovery_control, norm

from arena.ranking.ballots import OUTCOMES, Ballots, numbered
from arena.ranking.counts import FloatVector, IntVector
from arena.ranking.influence import influence_of_voters
from arena.ranking.newton import Prior, fit_bradley_terry

POSITION = "position"
DISAGREEMENT = "disagreement"
TIES = "ties"
BOTH_BAD = "both_bad"
# Share of voters among those flagged who may be flagged by chance.
FALSE_DISCOVERIES = 0.05
# Votes before a voter is looked at: with fewer, nothing could stand out.
FEWEST = 10
# Voters before their own spread says more than chance does.
ENOUGH_VOTERS = 20
# A probability of a tie or of both bad is kept away from certainty by this much.
MARGIN = 0.02


@dataclass(frozen=True)
class Finding:
    """What stands out about a voter: a number of votes, how many such were expected, and how unlikely that is.

    POSITION: votes for the answer on side A (a tie is half of one); DISAGREEMENT: decided votes for the model that the
    others find weaker; TIES and BOTH_BAD: those. `votes` is the number of votes among which these were counted. `z` is
    in standard deviations of the voters' own spread, `p` is adjusted for the number of tests.
    """

    voter: int
    kind: str
    votes: int
    observed: float
    expected: float
    z: float
    p: float


def screen(ballots: Ballots) -> list[Finding]:
    """The findings that stand out, by voter; false discoveries are at most 5 % of them on average.

    Score tests on the residuals y − p of each vote, y = 1, ½, 0 for side A, p its expected value by Bradley-Terry on
    everybody else's votes and the side's own advantage. Voters differ honestly, in taste and in how readily they call
    a tie: where the middle half of the voters spreads wider than chance, that spread is the yardstick (Efron 2004,
    Large-scale simultaneous hypothesis testing). False discoveries: Benjamini & Hochberg (1995). Raises ValueError
    where the ballots do not name their voters.
    """
    if not len(ballots):
        return []
    comparing = ballots.take(ballots.outcome != OUTCOMES.index("both_bad"))
    tests = [*_tests_of_sides(comparing), *_tests_of_abstaining(ballots)]
    raw = [test.p_values() for test in tests]
    if not any(len(p) for p in raw):
        return []
    adjusted = np.split(false_discovery_control(np.concatenate(raw)), np.cumsum([len(p) for p in raw])[:-1])
    found = [finding for test, p in zip(tests, adjusted, strict=True) for finding in test.findings(p)]
    return sorted(found, key=lambda finding: (finding.p, finding.voter, finding.kind))


@dataclass(frozen=True, eq=False)
class _Test:
    """One kind of test: of every voter with enough votes the standardised sum, and the figures to say it in words."""

    kind: str
    voters: IntVector
    votes: IntVector
    observed: FloatVector
    expected: FloatVector
    z: FloatVector

    def scaled(self) -> FloatVector:
        if len(self.z) < ENOUGH_VOTERS:
            return self.z
        quarter, three = np.quantile(self.z, [0.25, 0.75])
        return np.asarray(self.z / max(1.0, (three - quarter) / (2 * norm.ppf(0.75))))

    def p_values(self) -> FloatVector:
        """Two-sided for the side; who agrees more than others, or calls fewer ties, is no suspect."""
        z = self.scaled()
        return np.asarray(2 * norm.sf(np.abs(z)) if self.kind == POSITION else norm.sf(z))

    def findings(self, p: FloatVector) -> list[Finding]:
        columns = (self.voters, self.votes, self.observed, self.expected, self.scaled(), p)
        return [
            Finding(int(voter), self.kind, int(votes), float(observed), float(expected), float(z), float(adjusted))
            for voter, votes, observed, expected, z, adjusted in zip(*columns, strict=True)
            if adjusted <= FALSE_DISCOVERIES
        ]


def _tests_of_sides(comparing: Ballots) -> list[_Test]:
    if not len(comparing):
        return []
    apart, expected = _expected(comparing)
    tie = comparing.outcome == OUTCOMES.index("tie")
    y = np.where(tie, 0.5, comparing.outcome == OUTCOMES.index("a"))
    ties = _shared(np.sqrt(expected * (1 - expected)), tie)
    residual, variance = y - expected, np.maximum(expected * (1 - expected) - ties / 4, MARGIN**2)
    against = ~tie & ((y - 0.5) * apart < 0)
    likely_against = np.where(apart > 0, 1 - expected, expected) - ties / 2
    return [
        _score_test(POSITION, comparing, (y, expected), residual, variance),
        _score_test(DISAGREEMENT, comparing, (against, likely_against), -residual * apart, variance * apart**2),
        _rate_test(TIES, comparing, tie, ties),
    ]


def _tests_of_abstaining(ballots: Ballots) -> list[_Test]:
    bad = ballots.outcome == OUTCOMES.index("both_bad")
    if not bad.any():
        return []
    n = len(ballots.models)
    of_model = np.bincount(ballots.a[bad], minlength=n) + np.bincount(ballots.b[bad], minlength=n)
    rate = of_model / np.maximum(1, np.bincount(ballots.a, minlength=n) + np.bincount(ballots.b, minlength=n))
    return [_rate_test(BOTH_BAD, ballots, bad, _shared(np.sqrt(rate[ballots.a] * rate[ballots.b]), bad))]


def _expected(comparing: Ballots) -> tuple[FloatVector, FloatVector]:
    """Of every vote, from the others' votes: θ_A − θ_B, and the expected y with the advantage of side A."""
    fit = fit_bradley_terry(comparing.counts(), prior=Prior(np.zeros(len(comparing.models)), 1.0))
    own = influence_of_voters(comparing, fit)
    # Where the board falls apart without a voter, nobody else can say: the board with the voter must do.
    changes = np.nan_to_num(own.changes)[np.searchsorted(own.voters, np.asarray(comparing.voter))]
    rows = np.arange(len(comparing))
    apart = fit.strengths[comparing.a] - fit.strengths[comparing.b]
    apart = apart - (changes[rows, comparing.a] - changes[rows, comparing.b])
    tie = comparing.outcome == OUTCOMES.index("tie")
    y = np.where(tie, 0.5, comparing.outcome == OUTCOMES.index("a"))
    advantage = 0.0
    for _step in range(8):
        p = expit(apart + advantage)
        advantage += float((y - p).sum() / max((p * (1 - p)).sum(), 1e-9))
    return apart, np.clip(expit(apart + advantage), MARGIN, 1 - MARGIN)


def _shared(weight: FloatVector, happened: IntVector) -> FloatVector:
    """Probabilities in proportion to `weight` that add up to what happened."""
    return np.asarray(np.clip(weight * happened.sum() / max(weight.sum(), 1e-9), MARGIN, 1 - MARGIN))


def _score_test(
    kind: str, ballots: Ballots, figures: tuple[FloatVector, FloatVector], score: FloatVector, variance: FloatVector
) -> _Test:
    """z = Σ score / √Σ variance; `figures` are what is observed and what is expected of every vote, for the reader."""
    voters, votes, sums = _by_voter(ballots, *figures, score, variance)
    return _Test(kind, voters, votes, sums[0], sums[1], sums[2] / np.sqrt(np.maximum(sums[3], MARGIN**2)))


def _rate_test(kind: str, ballots: Ballots, happened: FloatVector, likely: FloatVector) -> _Test:
    """z of a share against the expected one, on the arcsine scale: rare outcomes are skewed on their own (Anscombe
    1948, The transformation of Poisson, binomial and negative-binomial data)."""
    voters, votes, (observed, expected) = _by_voter(ballots, happened, likely)
    apart = np.arcsin(np.sqrt(observed / votes)) - np.arcsin(np.sqrt(expected / votes))
    return _Test(kind, voters, votes, observed, expected, 2 * np.sqrt(votes) * apart)


def _by_voter(ballots: Ballots, *columns: FloatVector) -> tuple[IntVector, IntVector, list[FloatVector]]:
    """Number, votes and sums of every voter with enough votes."""
    voter, names = numbered(ballots.voter), np.unique(np.asarray(ballots.voter))
    votes = np.bincount(voter)
    enough = votes >= FEWEST
    return names[enough], votes[enough], [np.bincount(voter, column)[enough].astype(float) for column in columns]
