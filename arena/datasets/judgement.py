"""What one vote says for training, or why it says nothing."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from arena.datasets.language import primary
from arena.datasets.votes import answer_of
from arena.models import Answer, Turn, Vote
from arena.models.battles import Outcome, Population, Side
from arena.models.prompts import prompt_hash


class LeftOut(Exception):
    """This vote makes no row; the message is the reason's code."""


@dataclass(frozen=True)
class Judgement:
    """Two answers to one conversation. `chosen_side` is None where both were found bad."""

    prompt: list[dict[str, str]]
    answers: dict[str, Answer]
    models: dict[str, str]
    chosen_side: str | None
    held_out: bool
    about: dict[str, Any]


def judgement_of(vote: Vote, *, held_out: Container[str]) -> Judgement:
    """The judgement of a vote. Raises LeftOut where it cannot be trained on.

    A vote judges a whole battle, but a pair needs two answers to one and the same conversation: that is the first
    turn at which the answers differ. Later turns have different histories, earlier ones nothing to choose between.
    """
    battle = vote.battle
    if not battle.consent.train or battle.consent.withdrawn_at is not None:
        raise LeftOut("no_consent")
    if vote.outcome == Outcome.TIE:
        raise LeftOut("tie")
    turns = list(battle.turns.all())
    turn = _first_difference(turns)
    answers = {side: answer_of(turn, side) for side in Side.values}
    chosen = vote.outcome if vote.outcome in Side.values else None
    if chosen is not None and _in_another_language(answers[chosen], battle.language):
        raise LeftOut("other_language")
    return Judgement(
        prompt=_history(turns, turn),
        answers=answers,
        models={Side.A: vote.model_a.name, Side.B: vote.model_b.name},
        chosen_side=chosen,
        held_out=any(prompt_hash(said.text) in held_out for said in turns if said.number <= turn.number),
        about={
            "vote": vote.pk,
            "battle": str(battle.pk),
            "turn": turn.number,
            "language": battle.language,
            "category": battle.category,
            "timestamp": vote.created_at.isoformat(),
            "simulated": vote.population == Population.SIMULATED,
        },
    )


def _first_difference(turns: Sequence[Turn]) -> Turn:
    for turn in turns:
        if answer_of(turn, Side.A).text.strip() != answer_of(turn, Side.B).text.strip():
            return turn
    raise LeftOut("identical")


def _history(turns: Sequence[Turn], until: Turn) -> list[dict[str, str]]:
    """The conversation up to and with the question of `until`, and the system prompt where both sides had the same."""
    messages = []
    system = {answer_of(until, side).system_prompt for side in Side.values}
    if len(system) == 1 and (prompt := system.pop()):
        messages.append({"role": "system", "content": prompt})
    for turn in turns[: turns.index(until)]:
        messages.append({"role": "user", "content": turn.text})
        messages.append({"role": "assistant", "content": answer_of(turn, Side.A).text})
    return [*messages, {"role": "user", "content": until.text}]


def _in_another_language(answer: Answer, language: str) -> bool:
    """Only where the language is known: what could not be told excludes nobody."""
    return bool(answer.detected_language) and primary(answer.detected_language) != primary(language)
