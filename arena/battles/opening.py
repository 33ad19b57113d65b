"""Opening a battle and asking its turns."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.battles.blind import is_answered
from arena.battles.repeats import first_to_repeat, open_repeat
from arena.battles.sampling import draw_pair
from arena.battles.writing import check_letters, tidied
from arena.errors import Refused
from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.leaderboards.families import resolved_families
from arena.models import Battle, Participant, Prompt, Turn
from arena.people.consent import consent_of
from serving.models import LanguageModel

_COIN = random.SystemRandom()


def check_prompt(text: str) -> str:
    """Return the prompt without surrounding space. Raises Refused with a sentence for the writer."""
    text = tidied(text)
    if not text:
        raise Refused("prompt_empty", _("Please write something first."))
    if len(text) > settings.PROMPT_MAX_CHARACTERS:
        message = ngettext(
            "Your text is too long by %(extra)d character.",
            "Your text is too long by %(extra)d characters.",
            len(text) - settings.PROMPT_MAX_CHARACTERS,
        )
        raise Refused("prompt_long", message % {"extra": len(text) - settings.PROMPT_MAX_CHARACTERS})
    check_letters(text)
    return text


def get_battle_for(participant: Participant, battle_id: uuid.UUID) -> Battle:
    """The participant's own battle; somebody else's is as unknown as one that never was."""
    battle = Battle.objects.visible_to(participant).select_related("model_a", "model_b").filter(pk=battle_id).first()
    if battle is None:
        raise Refused("battle_unknown", _("This battle does not exist, or it belongs to somebody else."), status=404)
    return battle


def open_battle(*, participant: Participant, text: str, prompt: Prompt | None, interface_language: str) -> Battle:
    """Draw two models and write the first turn; or, now and then, show answers that somebody else has judged.

    A prompt of the bank counts as such only while its text is unchanged: an edited one is free text.
    """
    text = check_prompt(text)
    models = list(LanguageModel.objects.contesting().select_related("engine").order_by("pk"))
    consent = consent_of(participant, elsewhere=not all(model.is_here for model in models))
    _check_pace(participant)
    if prompt is not None and prompt.text != text:
        prompt = None
    if (first := first_to_repeat(participant, prompt, source=_COIN)) is not None:
        return open_repeat(
            first=first, participant=participant, consent=consent, interface_language=interface_language, source=_COIN
        )
    known = kept(OVERALL, simulated=participant.simulated)
    drawn = draw_pair(models, known=known, resolved=resolved_families(models, known), source=_COIN)
    with transaction.atomic():
        battle = Battle.objects.create(
            participant=participant,
            consent=consent,
            prompt=prompt,
            category=prompt.category if prompt else "",
            language=settings.CONTENT_LANGUAGE,
            interface_language=interface_language,
            model_a=drawn.a,
            model_b=drawn.b,
            pair_probability=drawn.probability,
            simulated=participant.simulated,
        )
        Turn.objects.create(battle=battle, number=1, text=text)
    return battle


def add_turn(*, battle: Battle, text: str) -> Turn:
    """Write the next turn of an open battle whose last turn is answered on both sides."""
    text = check_prompt(text)
    with transaction.atomic():
        # Writing the row takes its lock: a vote that comes at the same time waits, then finds the new turn.
        if not Battle.objects.open().filter(pk=battle.pk).update(state=Battle.State.OPEN):
            raise Refused("battle_closed", _("This battle is over. Start a new one."), status=409)
        last = battle.turns.order_by("number").last()
        if last is None or not is_answered(last):
            raise Refused("turn_early", _("Wait until both answers are there."), status=409)
        if battle.repeats_id is not None or last.number >= settings.MAX_TURNS:
            raise Refused("turn_last", _("This battle has had all its turns. Please vote."), status=409)
        return Turn.objects.create(battle=battle, number=last.number + 1, text=text)


def _check_pace(participant: Participant) -> None:
    """A visitor cannot open battles faster than anyone could read them; simulated voters are bounded elsewhere."""
    recent = participant.battles.filter(created_at__gt=timezone.now() - timedelta(minutes=1)).count()
    if not participant.simulated and recent >= settings.BATTLES_PER_MINUTE:
        raise Refused("pace", _("That was quick! Please wait a minute before the next battle."), status=429)
