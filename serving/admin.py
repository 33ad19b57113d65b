"""Administration of engines and contestants: to look at. They are entered by a file and retired on their own page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from serving.models import Engine, LanguageModel

# What is said about a contestant, and what its battles were fought with.
SAID = ("description", "licence")
ENTERED = tuple(field.name for field in LanguageModel._meta.fields if field.name not in SAID)


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that programs write: nobody adds, changes or deletes one by hand."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:  # type: ignore[override]
        return [field.name for field in self.model._meta.fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Engine)
class EngineAdmin(LookOnly):
    list_display = ["name", "url", "managed", "base_path", "max_lora_rank"]
    list_filter = ["managed"]
    search_fields = ["name", "base_path"]


@admin.register(LanguageModel)
class LanguageModelAdmin(LookOnly):
    list_display = ["name", "title", "kind", "state", "engine", "parent", "licence"]
    list_filter = ["state", "kind", "demo", "engine"]
    list_select_related = ["engine", "parent"]
    search_fields = ["name", "title"]
    readonly_fields = ENTERED
    fieldsets = [
        (None, {"fields": SAID, "description": _("To retire or restore a model, go to its page in the arena.")}),
        (_("As it was entered"), {"fields": ENTERED}),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For `SAID` alone; the rest is read-only."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)
