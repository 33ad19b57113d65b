"""What an organiser must know about the votes: who stands out, how much hangs on whom, and what excluding changes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.conf import settings

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import ballots_of, board
from arena.ranking.anomalies import FEWEST, Finding, screen
from arena.ranking.ballots import Ballots
from arena.ranking.board import Row
from arena.ranking.bradley_terry import POINTS
from arena.ranking.connectivity import comparable_models
from arena.ranking.influence import Flip, Influence, fewest_voters, fewest_votes, influence_of_voters
from arena.ranking.newton import fit_bradley_terry

# Voters with the largest influence that the page names.
NAMED = 10


@dataclass(frozen=True)
class Voter:
    """A participant's number with what is known: the rating most moved by the votes, and by how many Elo points.

    `pivotal`: without the votes the board falls apart, and nobody can say what they move.
    """

    participant: UUID
    votes: int
    findings: tuple[Finding, ...] = ()
    model: str = ""
    points: float = 0.0
    pivotal: bool = False


@dataclass(frozen=True)
class Change:
    """So many votes, by so many voters (0: votes of anybody), hold `leader` before `challenger`."""

    leader: str
    challenger: str
    votes: int
    voters: int


@dataclass(frozen=True)
class Examination:
    """`looked_at` of `voters` people had enough votes to stand out; `suspects` do, by how unlikely they are."""

    votes: int
    voters: int
    looked_at: int
    suspects: list[Voter]
    influential: list[Voter]
    by_votes: Change | None
    by_voters: Change | None


@dataclass(frozen=True)
class Both:
    """A model's row without and with the votes of excluded voters; None where it is not on that board."""

    model: str
    without: Row | None
    with_all: Row | None


def examine() -> Examination:
    """Screen the people's votes on the overall board; those of excluded voters are out already."""
    votes = votes_now()
    counted = votes.on(OVERALL, simulated=False, excluded=False)
    ballots = ballots_of(votes, OVERALL, simulated=False, excluded=False)
    # As the database writes them, which is with hyphens on one and without on another.
    names = {code: UUID(name) for name, code in votes.texts["voter"].items()}
    # The ballots number the voters in the order of their codes.
    people = [names[code] for code in np.unique(votes.rows["voter"][counted]).tolist()]
    number = np.bincount(np.asarray(ballots.voter), minlength=len(people)).tolist()
    findings: dict[int, list[Finding]] = {}
    for finding in screen(ballots):
        findings.setdefault(finding.voter, []).append(finding)
    ranked = comparable_models(ballots.summed(None), minimum=settings.MINIMUM_VOTES).ranked
    among = ballots.among(ranked)
    moved = _moved(among) if ranked else {}
    voters = [
        Voter(people[voter], number[voter], tuple(findings.get(voter, ())), *moved.get(voter, ()))
        for voter in range(len(people))
    ]
    influential = sorted(voters, key=lambda voter: (not voter.pivotal, -abs(voter.points)))
    return Examination(
        votes=len(ballots),
        voters=len(people),
        looked_at=sum(votes >= FEWEST for votes in number),
        suspects=[voters[voter] for voter in findings],
        influential=[voter for voter in influential if voter.pivotal or voter.points][:NAMED],
        by_votes=_change(among, fewest_votes(among.summed(None))) if ranked else None,
        by_voters=_change(among, fewest_voters(among)) if ranked else None,
    )


def _moved(ballots: Ballots) -> dict[int, tuple[str, float, bool]]:
    """By voter: the model whose rating the votes move most, by how many points, and whether they are pivotal."""
    found: Influence = influence_of_voters(ballots, fit_bradley_terry(ballots.summed(None)))
    moved = {}
    for voter, changes in zip(found.voters.tolist(), found.changes, strict=True):
        pivotal = bool(np.isnan(changes).any())
        most = 0 if pivotal else int(np.abs(changes).argmax())
        moved[voter] = ("", 0.0, True) if pivotal else (ballots.models[most], float(POINTS * changes[most]), False)
    return moved


def _change(ballots: Ballots, flip: Flip | None) -> Change | None:
    if flip is None:
        return None
    return Change(ballots.models[flip.leader], ballots.models[flip.challenger], flip.votes, len(flip.voters))


def both_boards() -> list[Both]:
    """The overall board without and with excluded voters, side by side, in the order of the first."""
    without, with_all = ({row.model: row for row in board(excluded=excluded).rows} for excluded in (False, True))
    names = dict.fromkeys([*without, *with_all])
    return [Both(name, without.get(name), with_all.get(name)) for name in names]
