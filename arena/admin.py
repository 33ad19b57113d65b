"""Administration of the prompt bank, and remarks on answers to look at.

Battles, answers and votes are not here: an unvoted battle names its models.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arena.models import Prompt, Remark
from arena.models.battles import Side
from arena.models.prompts import prompt_hash
from serving.admin import LookOnly


class PromptForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Prompt
        fields = ["text", "language", "category", "difficulty", "held_out", "active"]
        help_texts = {
            "held_out": gettext_lazy(
                "Careful: once a model has been trained on a prompt, holding it out comes too late; and one that is "
                "released here may be trained on from the next run, so that models can no longer be compared on it."
            ),
        }

    def clean(self) -> dict[str, Any]:
        """One prompt stands once in a language, however it is spelled; the hash is no field of the form."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        same = Prompt.objects.filter(language=cleaned.get("language"), hash=prompt_hash(cleaned.get("text", "")))
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This prompt is in the bank already."))
        return cleaned


@admin.register(Prompt)
class PromptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = PromptForm
    list_display = ["text", "language", "category", "difficulty", "held_out", "active"]
    list_editable = ["active"]
    list_filter = ["active", "held_out", "language", "category", "difficulty"]
    search_fields = ["text"]
    list_per_page = 50

    def get_changelist_form(self, request: Any, **kwargs: Any) -> type[forms.ModelForm]:  # type: ignore[type-arg]
        """In the list only the switch is a field: the form above would look for texts there."""
        return forms.ModelForm


@admin.register(Remark)
class RemarkAdmin(LookOnly):
    list_display = ["vote", "side", "contestant", "tags", "comment"]
    list_filter = ["vote__population", "vote__language"]
    list_select_related = ["vote__model_a", "vote__model_b"]
    search_fields = ["comment", "vote__model_a__name", "vote__model_b__name"]
    ordering = ["-vote_id", "side"]

    @admin.display(description=gettext_lazy("Model"))
    def contestant(self, remark: Remark) -> str:
        return (remark.vote.model_a if remark.side == Side.A else remark.vote.model_b).name
