"""Why somebody voted as they did: what was remarked of each answer, in tags from a short list and in words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.models.battles import Side, Vote

# Counted as it was written: composed letters may come apart in the database.
COMMENT_MAX_CHARACTERS = 500


class Tag(models.TextChoices):
    """In the order of the page."""

    WRONG_LANGUAGE = "wrong_language", _("wrong language")
    INVENTED_FACTS = "invented_facts", _("invented facts")
    HARD_TO_FOLLOW = "hard_to_follow", _("hard to follow")
    UNNATURAL_LANGUAGE = "unnatural_language", _("unnatural language")
    DID_NOT_ANSWER = "did_not_answer", _("did not answer")
    WELL_WRITTEN = "well_written", _("well written")
    HELPFUL = "helpful", _("helpful")


class Remark(models.Model):
    """What a vote says of one side. Most votes have none; nothing is counted from it."""

    vote = models.ForeignKey(Vote, on_delete=models.CASCADE, related_name="remarks")
    side = models.CharField(max_length=1, choices=Side.choices)
    # Values of Tag, each once, in its order.
    tags = models.JSONField(default=list)
    # Blank once it is withdrawn.
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["vote_id", "side"]
        constraints = [
            models.UniqueConstraint(fields=["vote", "side"], name="one_remark_per_side"),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="a_remark_has_a_known_side"),
        ]

    def __str__(self) -> str:
        return f"{self.vote_id} {self.side}"
