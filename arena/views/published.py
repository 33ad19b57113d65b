"""Published boards: a list of the numbers, each as a page and as files."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arena.leaderboards.files import published_file
from arena.leaderboards.lines import published_lines
from arena.leaderboards.pictures import voters_text
from arena.leaderboards.reasons import warning_text
from arena.leaderboards.titles import board_title
from arena.models import Leaderboard
from arena.views.leaderboard import download

A_PAGE = 100


@require_safe
def numbers(request: HttpRequest, board: str) -> HttpResponse:
    """Every number of a board, the latest first."""
    found = Leaderboard.objects.filter(board=board, simulated=False, excluded=False).order_by("-number")
    if not found:
        raise Http404
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "arena/published_list.html", {"name": board, "title": board_title(board), "page": page})


@require_safe
def published(request: HttpRequest, board: str, number: int) -> HttpResponse:
    found = _published(board, number, excluded=False)
    twin = Leaderboard.objects.filter(board=board, number=number, simulated=False, excluded=True).first()
    lines = published_lines(found, twin)
    context = {
        "published": found,
        "twin": twin,
        "title": board_title(board),
        "rests_on": voters_text(found.votes, found.voters),
        "warnings": [warning_text(code) for code in found.warnings],
        "ranked": [line for line in lines if not line.why],
        "provisional": [line for line in lines if line.why],
        "citation": _citation(found),
        "latest": Leaderboard.objects.filter(board=board, simulated=False).order_by("number").last(),
    }
    return render(request, "arena/published.html", context)


@require_safe
def published_download(request: HttpRequest, board: str, number: int, format: str) -> HttpResponse:  # noqa: A002
    found = _published(board, number, excluded=request.GET.get("excluded") == "1")
    return download(published_file(found, format), f"{board.replace(':', '-')}-{number}", format)


def _published(board: str, number: int, *, excluded: bool) -> Leaderboard:
    return get_object_or_404(Leaderboard, board=board, number=number, simulated=False, excluded=excluded)


def _citation(found: Leaderboard) -> str:
    """One line for a paper. The address is the site's own, whichever name the reader came by."""
    address = settings.SITE_URL + reverse("published", args=[found.board, found.number])
    return _(
        "%(site)s leaderboard, %(board)s, no. %(number)d (%(date)s). %(votes)d votes, SHA-256 %(hash)s. %(url)s"
    ) % {
        "site": settings.SITE_NAME,
        "board": board_title(found.board),
        "number": found.number,
        "date": date_format(found.published_at, "j F Y"),
        "votes": found.votes,
        "hash": found.hash,
        "url": address,
    }
