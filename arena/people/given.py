"""Everything somebody agreed to and gave, for themselves to see and to keep."""

from __future__ import annotations

from typing import Any

from arena.models import Answer, Battle, Consent, Participant, PromptProposal, Remark, Turn

_TOLD = ("turns__answers", "vote__remarks")


def given_by(participant: Participant) -> dict[str, Any]:
    """Every consent with its receipt, every battle and every proposed prompt, as plain JSON values.

    A battle names its models only once it is voted.
    """
    battles = participant.battles.select_related("consent", "model_a", "model_b", "vote")
    return {
        "consents": [_consent(consent) for consent in participant.consents.order_by("pk")],
        "battles": [_battle(battle) for battle in battles.prefetch_related(*_TOLD).order_by("created_at")],
        "proposals": proposals_of(participant),
    }


def proposals_of(participant: Participant) -> list[dict[str, Any]]:
    """Every proposed prompt, newest first, with what became of it."""
    proposals = participant.proposals.select_related("consent", "prompt").order_by("-created_at", "-pk")
    return [_proposal(proposal) for proposal in proposals]


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "receipt": consent.receipt,
        "version": consent.version,
        "language": consent.language,
        "given_at": consent.given_at.isoformat(),
        "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
        "uses": {"evaluate": consent.evaluate, "publish": consent.publish, "train": consent.train},
    }


def _battle(battle: Battle) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": str(battle.pk),
        "receipt": battle.consent.receipt,
        "created_at": battle.created_at.isoformat(),
        "state": battle.state,
        "end_reason": battle.end_reason,
        "skip_reason": battle.skip_reason,
        "turns": [_turn(turn) for turn in battle.turns.all()],
        "vote": None,
    }
    if battle.state == Battle.State.VOTED:
        vote = battle.vote
        given["models"] = {"a": battle.model_a.name, "b": battle.model_b.name}
        given["vote"] = {
            "outcome": vote.outcome,
            "created_at": vote.created_at.isoformat(),
            "dwell_ms": vote.dwell_ms,
            "withdrawn_at": vote.withdrawn_at.isoformat() if vote.withdrawn_at else None,
            "remarks": [_remark(remark) for remark in vote.remarks.all()],
        }
    return given


def _proposal(proposal: PromptProposal) -> dict[str, Any]:
    return {
        "text": proposal.text,
        "language": proposal.language,
        "category": proposal.category,
        "difficulty": proposal.difficulty,
        "receipt": proposal.consent.receipt if proposal.consent else None,
        "created_at": proposal.created_at.isoformat(),
        "state": proposal.state,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
        "reason": proposal.reason,
        "prompt": {"id": proposal.prompt.pk, "text": proposal.prompt.text} if proposal.prompt else None,
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {"side": remark.side, "tags": remark.tags, "comment": remark.comment}


def _turn(turn: Turn) -> dict[str, Any]:
    complete = {a.side: a.text for a in turn.answers.all() if a.state == Answer.State.COMPLETE}
    return {"text": turn.text, "asked_at": turn.created_at.isoformat(), "answers": complete}
