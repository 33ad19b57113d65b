"""Prompts that volunteers would like to see in the bank, and what stewards made of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from arena.models.people import Consent, Participant
from arena.models.prompts import Prompt, prompt_hash


class PromptProposalQuerySet(models.QuerySet["PromptProposal"]):
    def waiting(self) -> PromptProposalQuerySet:
        """Those that no steward has decided on, oldest first."""
        return self.filter(state=PromptProposal.State.PROPOSED).order_by("created_at", "pk")


class PromptProposal(models.Model):
    """One prompt as its writer wrote it. Who withdraws is detached from an approved one, and its text here is blank."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"
        DECLINED = "declined"

    participant = models.ForeignKey(Participant, null=True, on_delete=models.CASCADE, related_name="proposals")
    consent = models.ForeignKey(Consent, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    language = models.CharField(max_length=35)
    category = models.SlugField(max_length=40)
    difficulty = models.CharField(max_length=10, choices=Prompt.Difficulty.choices, default=Prompt.Difficulty.EASY)
    hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="decided_proposals"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    # What became of it; a steward may have mended the text.
    prompt = models.ForeignKey(Prompt, null=True, on_delete=models.SET_NULL, related_name="proposals")

    objects = PromptProposalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["language", "hash"],
                condition=models.Q(state="proposed"),
                name="one_waiting_proposal_per_prompt",
            ),
            models.CheckConstraint(
                condition=models.Q(state="proposed", decided_at=None)
                | models.Q(~models.Q(state="proposed"), decided_at__isnull=False),
                name="a_decision_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.text[:60]} ({self.state})"

    def save(self, *args: object, **kwargs: object) -> None:
        self.hash = prompt_hash(self.text)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
