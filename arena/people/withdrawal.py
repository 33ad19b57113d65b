"""Taking back what was given: any receipt of its giver is the key, and nobody needs to be known for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.leaderboards.counting import take_back
from arena.lineage import touched_by
from arena.models import Answer, Battle, Consent, Participant, PromptProposal, Remark, Turn, Vote


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal took back, the approved prompts it left, and the checkpoints trained on the votes before."""

    votes: int
    approved: int
    touched: list[str]


def consent_by_receipt(receipt: str) -> Consent:
    """The consent of a receipt, typed in any case, with or without its hyphens. Raises Refused where there is none."""
    letters = "".join(letter for letter in receipt.upper() if letter.isalnum())
    spelled = "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
    consent = Consent.objects.select_related("participant").filter(receipt=spelled).first()
    if consent is None:
        raise Refused("receipt_unknown", _("There is no receipt with this code. Please check each letter."), status=404)
    return consent


def withdraw(*, receipt: str) -> Withdrawal:
    """Withdraw every consent of the receipt's holder: votes off the counts now and out of the next export, words gone.

    The rows stay without a word in them: the audit of the draw counts battles, and checkpoints name the votes they saw.
    What was trained before cannot be untrained; the checkpoints that saw the votes are named instead.
    """
    participant = consent_by_receipt(receipt).participant
    now = timezone.now()
    with transaction.atomic():
        if not participant.consents.filter(withdrawn_at=None).update(withdrawn_at=now):
            raise Refused("withdrawn", _("This was withdrawn before."), status=409)
        # Open battles first: a vote under way either comes before, and is found below, or finds its battle closed.
        Battle.objects.open().visible_to(participant).update(
            state=Battle.State.ENDED, end_reason=Battle.EndReason.ABANDONED, ended_at=now
        )
        standing = Vote.objects.filter(participant=participant, withdrawn_at=None)
        # Locked, so that nobody moves them to another population's counts meanwhile.
        votes = list(standing.select_for_update().order_by("pk"))
        standing.update(withdrawn_at=now)
        take_back(votes)
        _erase_words(participant)
        approved = _let_go_of_proposals(participant)
    touched = [model.name for model in touched_by({vote.pk for vote in votes})]
    return Withdrawal(votes=len(votes), approved=approved, touched=touched)


def _erase_words(participant: Participant) -> None:
    """Blank what the participant asked, what was answered and what they said of it, for good.

    An answer under way ends, and is not kept. Why battles were skipped goes too: one reason says that something
    personal was in them.
    """
    Battle.objects.visible_to(participant).update(skip_reason="", share_key=None)
    Turn.objects.filter(battle__participant=participant).update(text="")
    Remark.objects.filter(vote__participant=participant).update(comment="")
    answers = Answer.objects.filter(turn__battle__participant=participant)
    answers.underway().update(state=Answer.State.CANCELLED)
    answers.update(text="")


def _let_go_of_proposals(participant: Participant) -> int:
    """How many prompts stay in the bank: the approved ones, with nothing to tell whose they were. The rest is gone."""
    proposals = PromptProposal.objects.filter(participant=participant)
    # One that is being approved at this moment: the deletion waits, and leaves it to the line below.
    proposals.exclude(state=PromptProposal.State.APPROVED).delete()
    return proposals.update(participant=None, consent=None, text="", hash="")
