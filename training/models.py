"""Training runs and the preference sets they saw. The row is the truth; a worker only holds a lease on it."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from serving.models import LanguageModel


class PreferenceSet(models.Model):
    """An export of votes that something was trained on, with its manifest: the memory of what a checkpoint saw."""

    path = models.CharField(max_length=500)
    hash = models.CharField(max_length=64)
    pairs = models.PositiveIntegerField()
    # {"votes": [ids], "counts": {...}, "left_out": {reason: count}, ...} as written by arena.datasets.
    manifest = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.hash[:12]} ({self.pairs})"


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def unfinished(self) -> TrainingRunQuerySet:
        return self.filter(state__in=[TrainingRun.State.QUEUED, TrainingRun.State.RUNNING])


class TrainingRun(models.Model):
    """One DPO run on a contestant's adapter, from the click to the child in the arena."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        ENTERED = "entered", _("entered the arena")
        REFUSED = "refused", _("refused by the gate")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Stage(models.TextChoices):
        EXPORT = "export", _("collecting preferences")
        REFERENCE = "reference", _("asking the parent")
        TRAIN = "train", _("training")
        GATE = "gate", _("answering the held-out prompts")
        ENTER = "enter", _("entering the arena")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="training_runs")
    child = models.OneToOneField(
        LanguageModel, null=True, blank=True, on_delete=models.SET_NULL, related_name="made_by"
    )
    preference_set = models.ForeignKey(PreferenceSet, null=True, blank=True, on_delete=models.PROTECT)
    # With simulated votes too; said on every page that shows the run.
    simulated = models.BooleanField(default=False)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage.choices, blank=True)
    cancel_asked = models.BooleanField(default=False)
    # One sentence for people: why it failed or was refused.
    reason = models.TextField(blank=True)
    # Last line of progress: {"step", "steps", "loss", "accuracy", "margin", "seconds_left"}.
    progress = models.JSONField(default=dict)
    # The gate's figures: {"checks": [{"name", "value", "limit", "passed"}], ...}.
    gate = models.JSONField(default=dict)
    attempt = models.PositiveSmallIntegerField(default=0)
    # Lease: who supervises the run, and until when without a sign of life.
    worker = models.CharField(max_length=200, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent"], condition=models.Q(state__in=["queued", "running"]), name="one_open_run_per_parent"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def folder(self) -> Path:
        """Where the run keeps its pairs, log, progress, figures and adapter."""
        return Path(settings.VAR_DIR) / "training" / str(self.pk)

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def progress_file(self) -> Path:
        """What the training has reported, one JSON object a line."""
        return self.folder / "prefer-progress.jsonl"
