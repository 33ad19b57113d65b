"""Published leaderboards: immutable, each recomputable from the votes it names."""

from __future__ import annotations

from django.db import models

from serving.models import LanguageModel


class Leaderboard(models.Model):
    """A board as it was published: immutable, and computable again from the votes behind `hash`."""

    # 1, 2, 3 … within its board and population: what a paper cites.
    number = models.PositiveIntegerField()
    board = models.CharField(max_length=80)
    published_at = models.DateTimeField(auto_now_add=True, db_index=True)
    simulated = models.BooleanField(default=False, help_text="With the votes of simulated voters.")
    excluded = models.BooleanField(default=False, help_text="With the votes of excluded voters.")
    method = models.CharField(max_length=40)
    intervals = models.CharField(max_length=20)
    votes = models.PositiveIntegerField()
    voters = models.PositiveIntegerField()
    hash = models.CharField(max_length=64)
    code_version = models.CharField(max_length=80)
    # Codes of what a reader must know (empty when all is well).
    warnings = models.JSONField(default=list)
    # {"alpha", "alpha_lower", "alpha_upper", "raw", "units"}: how far voters agreed, or {} where nobody knows.
    agreement = models.JSONField(default=dict)

    class Meta:
        get_latest_by = "number"
        constraints = [
            models.UniqueConstraint(fields=["board", "simulated", "excluded", "number"], name="one_board_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.board} {self.number} ({self.votes})"


class Standing(models.Model):
    """A model's row. Ratings are None for a provisional model; `reason` then says why."""

    leaderboard = models.ForeignKey(Leaderboard, on_delete=models.CASCADE, related_name="standings")
    model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="standings")
    rating = models.FloatField(null=True)
    lower = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    elo = models.FloatField(null=True)
    rank = models.PositiveIntegerField(null=True)
    rank_lower = models.PositiveIntegerField(null=True)
    rank_upper = models.PositiveIntegerField(null=True)
    p_first = models.FloatField(null=True)
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
