"""Votes to take away: streamed at once, or as an export that a worker writes, with card and manifest."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from arena.datasets.exports import UNFINISHED, ask_for_export, path_of
from arena.datasets.schemas import OURS, SCHEMAS
from arena.datasets.selections import Selection, card_now, stream_votes
from arena.datasets.tables import CONTENT_TYPES
from arena.errors import Refused
from arena.leaderboards.boards import OVERALL, known_boards
from arena.leaderboards.titles import board_title
from arena.models import Export
from arena.people.roles import is_researcher
from arena.tasks import send_export
from arena.views.streaming import streamed

PIECE = 1 << 18


@require_safe
def votes_file(request: HttpRequest, format: str) -> HttpResponseBase:  # noqa: A002
    """Votes whose owners agreed to publication, without texts and without anybody's identity."""
    pieces = stream_votes(_plain(request), format)
    response = streamed(request, pieces, name=f"votes.{format}", content_type=CONTENT_TYPES[format])
    response["Link"] = f'<{reverse("votes-card")}>; rel="describedby"; type="text/markdown"'
    return response


@require_safe
def votes_card(request: HttpRequest) -> HttpResponse:
    """What those files hold."""
    return HttpResponse(card_now(_plain(request)), content_type="text/markdown; charset=utf-8")


def _plain(request: HttpRequest) -> Selection:
    """What anybody may have at once: every board's votes in our own schema."""
    return Selection(simulated=request.GET.get("simulated") == "1")


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _ask(request)
    context = {
        "schemas": SCHEMAS.values(),
        "formats": CONTENT_TYPES,
        "boards": [(name, board_title(name)) for name in known_boards()],
        "chosen": request.GET.get("board", OVERALL),
        "researcher": is_researcher(request.user),
    }
    return render(request, "arena/exports.html", context)


def _ask(request: HttpRequest) -> HttpResponse:
    given = request.POST
    selection = Selection(
        schema=given.get("schema", OURS),
        board=given.get("board", OVERALL),
        simulated="simulated" in given,
        conversations="conversations" in given,
    )
    try:
        export = ask_for_export(
            selection=selection, format=given.get("format", ""), asked_by=request.user, send=send_export
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("exports")
    return redirect("export", export.pk)


@require_safe
def export(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    return render(request, "arena/export.html", _picture(_get_export_for(request, export_id)))


@require_safe
def export_progress(request: HttpRequest, export_id: uuid.UUID) -> HttpResponse:
    """The part of the page that is asked for every second; a new state reloads the whole page."""
    found = _get_export_for(request, export_id)
    if request.GET.get("state") != found.state:
        return HttpResponseClientRefresh()
    return render(request, "arena/_export_progress.html", _picture(found))


@require_safe
def export_download(request: HttpRequest, export_id: uuid.UUID) -> HttpResponseBase:
    found = _get_export_for(request, export_id)
    path = path_of(found)
    if found.state != Export.State.READY or not path.exists():
        raise Http404
    response = streamed(request, _pieces(path), name=_name(found), content_type="application/zip")
    response["Content-Length"] = path.stat().st_size
    return response


def _get_export_for(request: HttpRequest, export_id: uuid.UUID) -> Export:
    """Who has the address may see it; one with conversations is for researchers."""
    found = get_object_or_404(Export, pk=export_id)
    if found.conversations and not is_researcher(request.user):
        raise Http404
    return found


def _picture(found: Export) -> dict[str, object]:
    return {
        "export": found,
        "schema": SCHEMAS[found.schema],
        "board": board_title(found.board),
        "unfinished": found.state in UNFINISHED,
    }


def _name(found: Export) -> str:
    return f"votes-{slugify(found.board.replace(':', '-'))}-{found.schema}-{found.created_at:%Y-%m-%d}.zip"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
