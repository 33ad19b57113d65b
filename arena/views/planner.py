"""The planner: how many more votes a board needs."""

from __future__ import annotations

from math import isfinite
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from arena.leaderboards.boards import OVERALL, known_boards
from arena.leaderboards.planning import Plan, plan_board
from arena.leaderboards.titles import board_title
from arena.ranking.planner import Goal
from serving.models import LanguageModel

# Sizes of a board that has no vote yet.
SIZES = (3, 4, 6, 8, 10, 15, 20)
DEFAULTS = {"board": OVERALL, "difference": "50", "power": "80"}


class PlanForm(forms.Form):
    board = forms.ChoiceField(label=gettext_lazy("Board"))
    difference = forms.FloatField(
        label=gettext_lazy("Difference to be seen, in Elo points"), min_value=5, max_value=1000
    )
    power = forms.IntegerField(label=gettext_lazy("Probability of seeing it, in per cent"), min_value=51, max_value=99)
    one = forms.ChoiceField(label=gettext_lazy("One pair of interest: model"), required=False)
    other = forms.ChoiceField(label=gettext_lazy("and model"), required=False)
    simulated = forms.BooleanField(label=gettext_lazy("With simulated voters"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contesting = LanguageModel.objects.contesting().order_by("title").values_list("name", "title")
        self._choose("board", [(name, board_title(name)) for name in known_boards()])
        self._choose("one", [("", "–"), *contesting])
        self._choose("other", [("", "–"), *contesting])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("one") and cleaned.get("one") == cleaned.get("other"):
            raise forms.ValidationError(_("Please choose two different models."))
        return cleaned


@require_safe
def planner(request: HttpRequest) -> HttpResponse:
    form = PlanForm({**DEFAULTS, **request.GET.dict()})
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        wanted = form.cleaned_data
        goal = Goal(difference=wanted["difference"], power=wanted["power"] / 100)
        plan = plan_board(goal, wanted["board"], simulated=wanted["simulated"])
        context |= _found(plan, wanted["one"], wanted["other"])
    return render(request, "arena/planner.html", context)


def _found(plan: Plan, one: str, other: str) -> dict[str, Any]:
    titles = dict(LanguageModel.objects.filter(name__in=plan.models).values_list("name", "title"))
    return {
        "plan": plan,
        "told": plan.told if isfinite(plan.told) else None,
        "whole": plan.whole(),
        "models": [(name, titles[name], plan.model(name)) for name in plan.models],
        "pair": (titles[one], titles[other], plan.pair(one, other)) if one and other else None,
        "sizes": [(size, plan.from_nothing(size)) for size in SIZES],
        "power": round(100 * plan.goal.power),
    }
