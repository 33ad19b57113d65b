"""The researchers' room: what could be trained, start a run, watch it, cancel it, try it again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from arena.errors import Refused
from arena.people.roles import is_researcher
from serving.models import LanguageModel
from training.charts import loss_chart
from training.loop import cancel_run, retry_run, start_run
from training.models import TrainingRun
from training.pictures import check_rows, stage_rows
from training.program import read_progress, tail
from training.stock import stocks

P = ParamSpec("P")
RUNS_SHOWN = 30


def researchers_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Visitors are asked to sign in; somebody signed in who is no researcher sees the 403 page."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_researcher(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


@require_safe
@researchers_only
def home(request: HttpRequest) -> HttpResponse:
    simulated = "simulated" in request.GET
    models = LanguageModel.objects.contesting().exclude(kind=LanguageModel.Kind.REMOTE).order_by("title")
    runs = TrainingRun.objects.select_related("parent", "child", "preference_set")
    latest = {run.parent_id: run for run in runs.order_by("created_at")}
    rows = [(model, stock, latest.get(model.pk)) for model, stock in stocks(models, simulated=simulated)]
    context = {
        "rows": rows,
        "runs": runs[:RUNS_SHOWN],
        "simulated": simulated,
        "minimum": settings.TRAINING_MINIMUM_PAIRS,
    }
    return render(request, "training/home.html", context)


@require_POST
@researchers_only
def start(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User), "researchers have accounts"
    parent = get_object_or_404(LanguageModel, name=request.POST.get("model", ""))
    try:
        run = start_run(parent=parent, started_by=request.user, simulated="simulated" in request.POST)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("training:home")
    return redirect("training:run", run.pk)


@require_safe
@researchers_only
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    return render(request, "training/run.html", _picture(_get_run(run_id)))


@require_safe
@researchers_only
def run_progress(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The part of the run's page that is asked for every second; a new state reloads the whole page."""
    found = _get_run(run_id)
    if request.GET.get("state") != found.state:
        return HttpResponseClientRefresh()
    return render(request, "training/_progress.html", _picture(found))


@require_safe
@researchers_only
def run_log(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """The whole log as a text file; for the page, its end."""
    found = _get_run(run_id)
    if _is_fragment(request):
        return render(request, "training/_log.html", {"log": tail(found.log)})
    if not found.log.exists():
        raise Http404
    return HttpResponse(found.log.read_bytes(), content_type="text/plain; charset=utf-8")


@require_POST
@researchers_only
def cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    return _act(request, cancel_run, run_id)


@require_POST
@researchers_only
def retry(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    return _act(request, retry_run, run_id)


def _act(request: HttpRequest, action: Callable[..., None], run_id: uuid.UUID) -> HttpResponse:
    try:
        action(run=_get_run(run_id))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("training:run", run_id)


def _get_run(run_id: uuid.UUID) -> TrainingRun:
    related = TrainingRun.objects.select_related("parent", "child", "preference_set", "started_by")
    return get_object_or_404(related, pk=run_id)


def _is_fragment(request: HttpRequest) -> bool:
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by django-htmx's middleware
    return bool(htmx)


def _picture(found: TrainingRun) -> dict[str, object]:
    unfinished = found.state in {TrainingRun.State.QUEUED, TrainingRun.State.RUNNING}
    return {
        "run": found,
        "unfinished": unfinished,
        "retriable": found.state in {TrainingRun.State.FAILED, TrainingRun.State.CANCELLED},
        "stages": stage_rows(found),
        "checks": check_rows(found.gate),
        "chart": loss_chart(read_progress(found.progress_file)),
        "log": tail(found.log),
    }
