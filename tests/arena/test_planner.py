"""The planner as a page and as a command."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from arena.leaderboards.planning import plan_board
from arena.models import Vote
from arena.ranking.planner import Goal
from serving.models import LanguageModel
from tests.arena.cast import make_model, make_participant, make_votes, outsider

pytestmark = pytest.mark.django_db


@pytest.fixture
def models() -> list[LanguageModel]:
    return [make_model(name) for name in ("ahuntz", "behi", "catu")]


@pytest.fixture
def voted(models: list[LanguageModel]) -> list[LanguageModel]:
    """Five voters with 24 votes on the first two of three models each."""
    for _voter in range(5):
        make_votes(models[0], models[1], ["a", "b", "tie", "a"] * 6, participant=make_participant())
    return models


def page(**query: Any) -> str:
    response = outsider().get("/leaderboard/planner/", query)
    assert response.status_code == 200
    return str(response.content.decode())


def planned(*arguments: str, capsys: pytest.CaptureFixture[str]) -> Any:
    call_command("plan_votes", *arguments, "--format", "json")
    return json.loads(capsys.readouterr().out)


def test_a_board_without_votes_needs_all_of_them_and_has_no_date(models: list[LanguageModel], capsys: Any) -> None:
    found = planned(capsys=capsys)
    needed = found["needs"]["the whole board"]
    assert (needed["votes"], needed["day"]) == (plan_board(Goal()).from_nothing(3), None)
    assert found["difference_told"] is None


def test_a_pair_that_has_met_needs_fewer_votes_than_a_model_nobody_knows(
    voted: list[LanguageModel], capsys: Any
) -> None:
    pair = planned("--model", "ahuntz", "--against", "behi", capsys=capsys)["needs"]["ahuntz – behi"]
    new = planned("--model", "catu", capsys=capsys)["needs"]["catu"]
    assert 0 < pair["votes"] < new["votes"]


def test_a_wide_difference_is_told_already(voted: list[LanguageModel], capsys: Any) -> None:
    found = planned("--model", "ahuntz", "--against", "behi", "--difference", "900", capsys=capsys)
    assert found["needs"]["ahuntz – behi"]["votes"] == 0


def test_the_day_follows_from_the_pace_of_the_last_weeks(voted: list[LanguageModel]) -> None:
    today = timezone.now()
    Vote.objects.update(created_at=today - timedelta(days=100))
    Vote.objects.filter(pk__in=Vote.objects.order_by("pk").values("pk")[:56]).update(created_at=today)
    plan = plan_board(Goal())
    assert plan.pace == pytest.approx(56 / 28)
    assert plan.whole().day == timezone.localdate() + timedelta(days=int(plan.needed.max() / plan.pace))


def test_old_votes_alone_give_no_date(voted: list[LanguageModel]) -> None:
    Vote.objects.update(created_at=timezone.now() - timedelta(days=100))
    assert plan_board(Goal()).whole().day is None
    assert "more votes" in page()


def test_a_board_with_more_models_than_its_votes_can_separate_says_so(voted: list[LanguageModel]) -> None:
    assert "more models on this board than its votes can tell apart" in page()
    assert "more models on this board" not in page(difference="900")


def test_a_retired_model_needs_no_votes(voted: list[LanguageModel]) -> None:
    LanguageModel.objects.filter(name="catu").update(state="retired")
    assert plan_board(Goal()).models == ("ahuntz", "behi")
    assert plan_board(Goal(difference=900)).whole().votes == 0


def test_simulated_votes_are_planned_with_only_where_asked_for(models: list[LanguageModel]) -> None:
    make_votes(*models[:2], ["a", "b"] * 20, participant=make_participant(simulated=True))
    assert (plan_board(Goal()).votes, plan_board(Goal(), simulated=True).votes) == (0, 40)


def test_the_page_tells_the_pair_that_is_asked_for(voted: list[LanguageModel]) -> None:
    text = page(one="ahuntz", other="behi", difference="40", power="90")
    assert "Ahuntz – Behi" in text
    assert "probability of 90" in text


@pytest.mark.parametrize(
    "query",
    [
        {"difference": "0"},
        {"difference": "x"},
        {"power": "100"},
        {"board": "nothing"},
        {"one": "behi", "other": "behi"},
    ],
)
def test_what_cannot_be_planned_is_said_beside_the_form(voted: list[LanguageModel], query: dict[str, str]) -> None:
    assert "errorlist" in page(**query)


def test_the_page_of_an_empty_arena_works() -> None:
    assert "Nothing can be told apart yet" in page()


@pytest.mark.parametrize(
    "arguments",
    [["--board", "nothing"], ["--model", "nobody"], ["--against", "behi"], ["--power", "2"], ["--difference", "-5"]],
)
def test_the_command_says_what_is_wrong(models: list[LanguageModel], arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("plan_votes", *arguments)


def test_the_command_speaks_to_people(voted: list[LanguageModel], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("plan_votes")
    said = capsys.readouterr().out
    assert "120 votes on 3 models" in said
    assert "more models on the board than its votes can tell apart" in said
