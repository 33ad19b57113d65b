"""Which prompts of the bank a volunteer is offered, by category."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from arena.models import Prompt

# Enough to choose from; a bank of thousands would only make the page slow.
OFFERED = 200


def offered_prompts(language: str) -> list[dict[str, Any]]:
    """A random choice, held-out prompts included: they are real prompts that are merely never trained on."""
    prompts = Prompt.objects.offered(language).order_by("?")[:OFFERED]
    return [{"id": prompt.pk, "text": prompt.text, "category": category_title(prompt.category)} for prompt in prompts]


def category_title(category: str) -> str:
    """The category's name for people; a community's own categories are shown as they are written."""
    titles = {
        "people": _("People"),
        "food": _("Food"),
        "places": _("Places"),
        "numbers": _("Numbers"),
        "weather": _("Weather"),
        "proverbs": _("Proverbs"),
        "howto": _("How to"),
        "stories": _("Stories"),
    }
    return titles.get(category, category.replace("-", " "))
