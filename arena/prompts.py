"""Which prompts of the bank a volunteer is offered, by category and difficulty."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from arena.models import Prompt

# Enough to choose from; a bank of thousands would only make the page slow.
OFFERED = 200


def offered_prompts(language: str, number: int = OFFERED) -> list[dict[str, Any]]:
    """A random choice of so many, held-out prompts included: they are real prompts that are merely never trained on."""
    prompts = Prompt.objects.offered(language).order_by("?")[:number]
    return [
        {
            "id": prompt.pk,
            "text": prompt.text,
            "category": category_title(prompt.category),
            "difficulty": prompt.difficulty,
        }
        for prompt in prompts
    ]


def known_categories(language: str) -> dict[str, str]:
    """Titles by category, in the order of the titles: those of this file, and what the community's own bank adds."""
    # `order_by` takes off the order of the table, which would be a column of its own and let doubles through.
    bank = Prompt.objects.filter(language=language).order_by().values_list("category", flat=True).distinct()
    return titled({*_titles(), *bank})


def titled(categories: set[str]) -> dict[str, str]:
    """Titles by category, in the order of the titles."""
    titles = {category: category_title(category) for category in categories}
    return dict(sorted(titles.items(), key=lambda pair: pair[1].casefold()))


def category_title(category: str) -> str:
    """The category's name for people; a community's own categories are shown as they are written."""
    return _titles().get(category, category.replace("-", " "))


def _titles() -> dict[str, str]:
    return {
        "people": _("People"),
        "food": _("Food"),
        "places": _("Places"),
        "numbers": _("Numbers"),
        "weather": _("Weather"),
        "proverbs": _("Proverbs"),
        "howto": _("How to"),
        "stories": _("Stories"),
    }
