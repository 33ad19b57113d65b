"""Published leaderboards: immutable, each recomputable from the votes it names."""

from __future__ import annotations

from django.db import models

from serving.models import LanguageModel


class Leaderboard(models.Model):
    """A board as it was published. `hash` is that of the counts it was computed from."""

    published_at = models.DateTimeField(auto_now_add=True, db_index=True)
    simulated = models.BooleanField(default=False, help_text="With the votes of simulated voters.")
    votes = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    # Why the board ranks nobody yet (empty when it does).
    warnings = models.JSONField(default=list)

    class Meta:
        get_latest_by = "published_at"

    def __str__(self) -> str:
        return f"{self.published_at:%Y-%m-%d %H:%M} ({self.votes})"


class Standing(models.Model):
    """A model's row. Ratings are None for a provisional model; `reason` then says why."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="standings")
    model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="standings")
    rating = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    elo = models.FloatField(null=True)
    rank = models.PositiveIntegerField(null=True)
    votes = models.PositiveIntegerField()
    wins = models.PositiveIntegerField()
    losses = models.PositiveIntegerField()
    ties = models.PositiveIntegerField()
    both_bad = models.PositiveIntegerField()
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = [models.F("rating").desc(nulls_last=True), "model_id"]
        constraints = [models.UniqueConstraint(fields=["leaderboard", "model"], name="one_standing_per_model")]

    def __str__(self) -> str:
        return f"{self.leaderboard_id} {self.model_id}"


class WorkerBeat(models.Model):
    """When a worker last ran its heartbeat: one row a worker."""

    worker = models.CharField(max_length=200, unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
