"""The contestants: who they are, what they were made from, and whether they beat their parents."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from arena import roster
from arena.errors import Refused
from arena.leaderboards.verdict import verdict
from arena.lineage import ancestors, withdrawn_seen
from arena.people.roles import is_organiser
from serving.models import LanguageModel


@require_safe
def model_list(request: HttpRequest) -> HttpResponse:
    models = LanguageModel.objects.select_related("parent").order_by("title")
    contesting = models.contesting()
    return render(
        request,
        "arena/model_list.html",
        {"contesting": contesting, "retired": models.exclude(pk__in=contesting.values("pk"))},
    )


@require_safe
def model_detail(request: HttpRequest, name: str) -> HttpResponse:
    model = get_object_or_404(LanguageModel.objects.select_related("parent", "base"), name=name)
    simulated = request.GET.get("simulated") == "1"
    line = ancestors(model)
    context = {
        "model": model,
        "simulated": simulated,
        "line": line,
        "root": line[0] if line else model,
        "withdrawn_seen": withdrawn_seen(model),
        "verdict": verdict(child=model, parent=model.parent, simulated=simulated) if model.parent else None,
    }
    return render(request, "arena/model_detail.html", context)


@require_safe
def lineage_file(request: HttpRequest, name: str) -> HttpResponse:
    """The manifest of what the model was made from: recipe, code, preference set, and every vote by its number."""
    model = get_object_or_404(LanguageModel, name=name)
    response = JsonResponse(
        {
            "model": model.name,
            "revision": model.revision,
            "parent": model.parent.name if model.parent else None,
            **model.lineage,
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    response["Content-Disposition"] = f'attachment; filename="{model.name}.lineage.json"'
    return response


@require_POST
def retire(request: HttpRequest, name: str) -> HttpResponse:
    return _change(request, name, roster.retire, _("%(model)s is retired."))


@require_POST
def restore(request: HttpRequest, name: str) -> HttpResponse:
    return _change(request, name, roster.restore, _("%(model)s is in the arena again."))


def _change(request: HttpRequest, name: str, change: Callable[..., None], done: str) -> HttpResponse:
    """Let an organiser change the contestant, say how it went, and show the contestant."""
    if not is_organiser(request.user):
        raise PermissionDenied
    model = get_object_or_404(LanguageModel, name=name)
    try:
        change(model=model)
        messages.success(request, done % {"model": model.title})
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("model", args=[name]))
