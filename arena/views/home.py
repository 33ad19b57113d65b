"""The home page: what this is, where to begin, and how far the community has come."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from arena.leaderboards.goals import next_goal
from arena.leaderboards.news import latest_board, latest_child
from arena.leaderboards.pictures import voters_text
from arena.prompts import offered_prompts
from serving.models import LanguageModel

# Enough to begin with; the page of the battle has more.
PROMPTS = 3


def home(request: HttpRequest) -> HttpResponse:
    board = latest_board()
    context = {
        "goal": next_goal(),
        "board": board,
        "rests_on": voters_text(board.votes, board.voters) if board else "",
        "child": latest_child(),
        "prompts": offered_prompts(settings.CONTENT_LANGUAGE, PROMPTS),
        "demo": LanguageModel.objects.contesting().filter(demo=True).exists(),
    }
    return render(request, "arena/home.html", context)
