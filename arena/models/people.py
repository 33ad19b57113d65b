"""People, without their names: a participant is a browser session and what it agreed to."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models

# No vowels, no look-alikes: a receipt can be read aloud and spells no word.
RECEIPT_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"


def new_receipt() -> str:
    """Twelve characters in three groups, about 57 bits."""
    letters = [secrets.choice(RECEIPT_ALPHABET) for _ in range(12)]
    return "-".join("".join(letters[i : i + 4]) for i in (0, 4, 8))


class Participant(models.Model):
    """Somebody who gave consent. Never an address, a name or a device."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    # Made by `simulate_voters`: its votes enter boards and exports only where simulated ones are asked for.
    simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)


class Consent(models.Model):
    """What a participant agreed to: which text, in which language, for which uses. Never changed, only superseded."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=35)
    # The vote counts for the leaderboard: without this scope there is nothing to take part in.
    evaluate = models.BooleanField(default=True)
    publish = models.BooleanField(default=False)
    train = models.BooleanField(default=False)
    receipt = models.CharField(max_length=14, unique=True, default=new_receipt)
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        get_latest_by = "given_at"

    def __str__(self) -> str:
        return f"{self.participant_id} {self.version}"


class Exclusion(models.Model):
    """An organiser's decision that a voter's votes do not count, with its reason. Lifted, never deleted."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="exclusions")
    reason = models.TextField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="exclusions"
    )
    decided_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant"],
                condition=models.Q(lifted_at=None),
                name="one_standing_exclusion_per_voter",
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant_id}: {self.reason[:60]}"
