"""Repeats: two answers that somebody has judged, shown to somebody else, to measure how far voters agree.

A repeat is a battle like any other to its voter, except that its answers are there at once. It is never counted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from arena.models import Answer, Battle, Consent, Participant, Prompt, Turn
from arena.models.battles import Population, Side


@dataclass(frozen=True)
class Swap:
    """The sides of a repeat, drawn anew: those of the first battle, or the other way round."""

    swapped: bool

    def source_of(self, side: str) -> str:
        return {Side.A: Side.B, Side.B: Side.A}[Side(side)] if self.swapped else side


def first_to_repeat(participant: Participant, prompt: Prompt | None, *, source: random.Random) -> Battle | None:
    """In the share `AGREEMENT_SHARE` of battles on a prompt of the bank, one that the participant can judge anew.

    It has one turn and a counted vote of somebody who agreed to publication, and the participant has not seen it. None
    where no lot falls on a repeat, or there is nothing to repeat. Simulated voters repeat nothing.
    """
    if prompt is None or participant.simulated or source.random() >= settings.AGREEMENT_SHARE:
        return None
    judged = Battle.objects.filter(
        prompt=prompt,
        turns__text=prompt.text,
        repeats=None,
        vote__withdrawn_at=None,
        vote__population=Population.PEOPLE,
        consent__publish=True,
        consent__withdrawn_at=None,
    )
    unseen = judged.exclude(turns__number__gt=1).exclude(participant=participant)
    found = list(unseen.exclude(repeated_by__participant=participant).values_list("pk", flat=True))
    if not found:
        return None
    return Battle.objects.select_related("model_a", "model_b").get(pk=source.choice(found))


def open_repeat(
    *, first: Battle, participant: Participant, consent: Consent, interface_language: str, source: random.Random
) -> Battle:
    """Open a battle that shows the answers of `first`, word by word, its sides drawn anew."""
    swap = Swap(source.random() < 0.5)
    turn = first.turns.get()
    answers = {answer.side: answer for answer in turn.answers.complete()}
    with transaction.atomic():
        battle = Battle.objects.create(
            participant=participant,
            consent=consent,
            prompt=first.prompt,
            repeats=first,
            category=first.category,
            language=first.language,
            interface_language=interface_language,
            model_a=first.model_on(swap.source_of(Side.A)),
            model_b=first.model_on(swap.source_of(Side.B)),
            pair_probability=1.0,
        )
        frozen = Turn.objects.create(battle=battle, number=1, text=turn.text)
        for side in Side.values:
            _copy(answers[swap.source_of(side)], turn=frozen, side=side)
    return battle


def _copy(answer: Answer, *, turn: Turn, side: str) -> None:
    """The same answer under another turn, with everything that was kept about how it was made."""
    answer.pk, answer.turn, answer.side, answer.attempt = None, turn, side, 1
    answer._state.adding = True
    answer.save()
