"""Proposing prompts for the bank, and deciding on them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arena.battles.opening import check_prompt
from arena.errors import Refused
from arena.models import Participant, Prompt, PromptProposal
from arena.models.prompts import prompt_hash
from arena.people.consent import consent_of, models_elsewhere
from arena.prompts import known_categories

# As many of one participant may wait at once: a steward reads each of them.
MOST_WAITING = 10


def propose(*, participant: Participant, text: str, category: str, difficulty: str) -> PromptProposal:
    """Write a proposal in the language that is judged, for a steward to read.

    Raises Refused for a text that no battle would take, one that is in the bank or waiting already (409), and more
    than MOST_WAITING of them (429).
    """
    text, language = check_prompt(text), settings.CONTENT_LANGUAGE
    _check_kind(language, category, difficulty)
    with transaction.atomic():
        # Locked, so that proposals of one participant come one by one, and a withdrawal before or after them.
        list(participant.consents.select_for_update().values_list("pk"))
        consent = consent_of(participant, elsewhere=models_elsewhere())
        _check_new(language, text)
        if PromptProposal.objects.waiting().filter(participant=participant).count() >= MOST_WAITING:
            message = _(
                "%(count)d of your questions are still waiting to be read. Please come back when they have been."
            )
            raise Refused("proposals_waiting", message % {"count": MOST_WAITING}, status=429)
        try:
            with transaction.atomic():
                return PromptProposal.objects.create(
                    participant=participant,
                    consent=consent,
                    text=text,
                    language=language,
                    category=category,
                    difficulty=difficulty,
                )
        except IntegrityError as error:
            raise _proposed_before() from error


def approve(*, proposal: PromptProposal, text: str, category: str, difficulty: str, by: User) -> Prompt:
    """Put the prompt into the bank, as the steward has it; what its writer wrote stays in the proposal.

    Raises Refused for a text that no battle would take, and with status 409 where it is in the bank, or where the
    proposal has been decided on or withdrawn meanwhile.
    """
    text = check_prompt(text)
    _check_kind(proposal.language, category, difficulty)
    with transaction.atomic():
        _decide(proposal, PromptProposal.State.APPROVED, by=by)
        try:
            with transaction.atomic():
                prompt = Prompt.objects.create(
                    text=text, language=proposal.language, category=category, difficulty=difficulty
                )
        except IntegrityError as error:
            raise _in_the_bank() from error
        PromptProposal.objects.filter(pk=proposal.pk).update(prompt=prompt)
    return prompt


def decline(*, proposal: PromptProposal, reason: str, by: User) -> None:
    """Leave the prompt out of the bank, with the reason for its writer. Raises Refused without one."""
    if not reason.strip():
        raise Refused("reason", _("Please write why: the person who proposed the question will read it."))
    _decide(proposal, PromptProposal.State.DECLINED, by=by, reason=check_prompt(reason))


def _decide(proposal: PromptProposal, state: str, *, by: User, **values: Any) -> None:
    """Raises Refused (409) where somebody has decided before, or its writer has withdrawn it."""
    waiting = PromptProposal.objects.filter(pk=proposal.pk, state=PromptProposal.State.PROPOSED)
    if not waiting.update(state=state, decided_by=by, decided_at=timezone.now(), **values):
        raise Refused("decided", _("Somebody has decided on this question before, or it was withdrawn."), status=409)


def _check_kind(language: str, category: str, difficulty: str) -> None:
    if category not in known_categories(language) or difficulty not in Prompt.Difficulty.values:
        raise Refused("prompt_kind", _("Please choose a category and a difficulty from the lists."))


def _check_new(language: str, text: str) -> None:
    same = {"language": language, "hash": prompt_hash(text)}
    if Prompt.objects.filter(**same).exists():
        raise _in_the_bank()
    if PromptProposal.objects.waiting().filter(**same).exists():
        raise _proposed_before()


def _in_the_bank() -> Refused:
    return Refused("prompt_known", _("This question is in the bank already."), status=409)


def _proposed_before() -> Refused:
    return Refused("prompt_proposed", _("This question has been proposed already, and waits to be read."), status=409)
