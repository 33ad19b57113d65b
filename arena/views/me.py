"""What a volunteer's votes did: for the browser that voted, and for whoever has the receipt."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from arena.leaderboards.lines import percent
from arena.leaderboards.titles import board_title
from arena.models import Participant
from arena.people.badges import badges_of
from arena.people.impact import impact_of
from arena.views.visitors import participant_of


@never_cache
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    return impact_page(request, participant_of(request))


def impact_page(request: HttpRequest, participant: Participant | None) -> HttpResponse:
    """The participant's page, or for nobody yet what it will show."""
    if participant is None:
        return render(request, "arena/me.html")
    impact = impact_of(participant)
    company = impact.company
    context = {
        "impact": impact,
        "badges": badges_of(impact),
        "months": [(board_title(f"month:{month}"), votes) for month, votes in impact.months.items()],
        "boards": [(board_title(found.board), found) for found in impact.boards],
        "alike": percent(company.share) if company.known else None,
        "interval": [percent(bound) for bound in company.interval],
    }
    return render(request, "arena/me.html", context)
