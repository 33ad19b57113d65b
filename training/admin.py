"""Administration of training: to look at. Runs are started, cancelled and retried at /training/."""

from __future__ import annotations

from django.contrib import admin

from serving.admin import LookOnly
from training.models import PreferenceSet, TrainingRun


@admin.register(TrainingRun)
class TrainingRunAdmin(LookOnly):
    list_display = ["id", "parent", "child", "state", "stage", "simulated", "started_by", "created_at"]
    list_filter = ["state", "simulated"]
    list_select_related = ["parent", "child", "started_by"]
    search_fields = ["parent__name", "child__name"]


@admin.register(PreferenceSet)
class PreferenceSetAdmin(LookOnly):
    list_display = ["hash", "pairs", "path", "created_at"]
    search_fields = ["hash"]
