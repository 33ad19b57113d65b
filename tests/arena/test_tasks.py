"""The regular jobs, called as the worker calls them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from arena import tasks
from arena.models import Answer, Battle, Leaderboard, PairCount, Turn, WorkerBeat
from serving.models import LanguageModel
from tests.arena.cast import add_answered_turn, make_battle, make_model, make_votes

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[LanguageModel, LanguageModel]:
    return make_model("ahuntz"), make_model("behi")


def make_older(battle: Battle, by: timedelta) -> None:
    Battle.objects.filter(pk=battle.pk).update(created_at=timezone.now() - by)
    Turn.objects.filter(battle=battle).update(created_at=timezone.now() - by)


def state_of(battle: Battle) -> tuple[str, str]:
    battle.refresh_from_db()
    return battle.state, battle.end_reason


def test_a_battle_left_for_a_day_is_ended(pair) -> None:
    battle = make_battle(*pair)
    make_older(battle, timedelta(hours=25))
    tasks.end_stale_answers()
    assert state_of(battle) == ("ended", "abandoned")


def test_a_battle_with_a_turn_of_today_stays_open(pair) -> None:
    battle = make_battle(*pair)
    make_older(battle, timedelta(hours=25))
    add_answered_turn(battle, text="Eta orain?", answers=("Bai.", "Ez."))
    tasks.end_stale_answers()
    assert state_of(battle) == ("open", "")


def test_a_voted_battle_is_never_ended(pair) -> None:
    [vote] = make_votes(*pair, ["a"])
    make_older(vote.battle, timedelta(days=30))
    tasks.end_stale_answers()
    assert state_of(vote.battle) == ("voted", "")


def test_an_answer_whose_process_is_gone_is_failed(pair) -> None:
    turn = make_battle(*pair).turns.get()
    long_ago = timezone.now() - timedelta(hours=1)
    turn.answers.filter(side="a").update(state=Answer.State.STREAMING)
    turn.answers.update(started_at=long_ago)
    tasks.end_stale_answers()
    assert turn.answers.get(side="a").failure == Answer.Failure.STALE


def test_the_board_is_published_only_when_votes_have_changed(pair) -> None:
    make_votes(*pair, ["a", "b"])
    tasks.publish_leaderboard()
    tasks.publish_leaderboard()
    assert Leaderboard.objects.get(board="overall").votes == 2


def test_wrong_counts_are_logged(pair, caplog) -> None:
    make_votes(*pair, ["a", "b"])
    PairCount.objects.update(a=7)
    tasks.audit_sampling()
    assert "differ from its votes" in caplog.text


def test_a_worker_s_beat_is_one_row(pair) -> None:
    tasks.beat()
    first = WorkerBeat.objects.get().at
    tasks.beat()
    assert WorkerBeat.objects.get().at > first
