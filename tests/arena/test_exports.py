"""Votes to take away, entering at the pages and at the worker's job."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from django.test import Client, TestCase
from django.utils import timezone

from arena.datasets import batches, exports
from arena.leaderboards.compute import board
from arena.models import Export, Vote
from arena.people.withdrawal import withdraw
from arena.tasks import sweep_exports, write_export
from serving.models import LanguageModel
from tests.arena.cast import (
    ANSWERS,
    QUESTION,
    add_answered_turn,
    make_battle,
    make_model,
    make_participant,
    make_vote,
    make_votes,
    outsider,
    researcher,
    vote_on,
)
from tests.arena.live_site import live_site

pytestmark = pytest.mark.django_db

Pair = tuple[LanguageModel, LanguageModel]
Files = dict[str, bytes]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def pair() -> Pair:
    return make_model("ahuntz"), make_model("behi")


@pytest.fixture
def voted(pair: Pair) -> Pair:
    """Two voters: five votes and two, one of each outcome among them."""
    make_votes(*pair, ["a", "a", "b", "tie", "both_bad"])
    make_votes(pair[1], pair[0], ["b", "a"])
    return pair


@pytest.fixture(autouse=True)
def sent(monkeypatch) -> list[str]:
    """The numbers of exports that a worker was asked for."""
    numbers: list[str] = []
    monkeypatch.setattr(write_export, "delay", numbers.append)
    return numbers


def ask(client: Client | None = None, **fields: str) -> Any:
    """Ask for an export on its page; returns the page that follows."""
    given = {"schema": "harea", "format": "parquet", "board": "overall", **fields}
    with TestCase.captureOnCommitCallbacks(execute=True):
        return (client or outsider()).post("/exports/", given, follow=True)


def export_of(client: Client | None = None, **fields: str) -> Files:
    """The files of an export that was asked for, written and downloaded."""
    client = client or outsider()
    ask(client, **fields)
    export = Export.objects.latest("created_at")
    write_export(str(export.pk))
    response = client.get(f"/exports/{export.pk}/download/")
    assert response.status_code == 200, Export.objects.get(pk=export.pk).error
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows_of(files: Files) -> list[dict[str, Any]]:
    return pq.read_table(io.BytesIO(files["votes.parquet"])).to_pylist()


def test_an_export_is_a_zip_of_votes_card_and_manifest(voted: Pair) -> None:
    files = export_of()
    assert sorted(files) == ["README.md", "manifest.json", "votes.parquet"]
    assert len(rows_of(files)) == json.loads(files["manifest.json"])["votes"] == 7


@pytest.mark.parametrize("format_", ["csv", "json", "jsonl"])
def test_every_format_holds_the_same_rows(voted: Pair, format_: str) -> None:
    content = export_of(format=format_)[f"votes.{format_}"].decode()
    ids = {
        "csv": lambda: [row["id"] for row in csv.DictReader(io.StringIO(content))],
        "json": lambda: [row["id"] for row in json.loads(content)],
        "jsonl": lambda: [json.loads(line)["id"] for line in content.splitlines()],
    }[format_]()
    assert ids == [row["id"] for row in rows_of(export_of())]


def test_the_card_has_a_header_columns_counts_licence_consent_and_limits(voted: Pair, settings) -> None:
    settings.DATA_LICENCE = "cc0-1.0"
    card = export_of()["README.md"].decode()
    header = yaml.safe_load(card.split("---\n")[1])
    assert (header["license"], header["language"], header["configs"][0]["data_files"][0]["path"]) == (
        "cc0-1.0", ["eu"], "votes.parquet",
    )  # fmt: skip
    assert "7 votes of 2 voters" in card
    for part in ("| `pair_probability` | `double` |", "| both_bad | 1 |", "agreed to publication", "## Known limits"):
        assert part in card


def test_the_card_names_the_hash_of_the_board_of_its_votes_and_of_the_site(voted: Pair) -> None:
    everybody = board().hash
    assert json.loads(export_of()["manifest.json"])["hash"] == everybody
    make_vote(*voted, "a", participant=make_participant(publish=False))
    manifest = json.loads(export_of()["manifest.json"])
    assert (manifest["hash"], manifest["site_hash"]) == (everybody, board().hash)
    assert (manifest["votes"], manifest["site_votes"]) == (7, 8)


def test_our_own_columns_keep_what_nobody_else_publishes(pair: Pair) -> None:
    battle = make_battle(
        *pair,
        variety="eu-x-bizkai",
        category="food",
        answers=("# Bat\n- bi\n**hiru**", ANSWERS[1]),
        languages=("en", ""),
    )
    vote = vote_on(battle, "a")
    Vote.objects.filter(pk=vote.pk).update(content="b", quality="tie")
    [row] = rows_of(export_of())
    kept = {
        "winner": "model_a", "winner_content": "model_b", "winner_quality": "tie", "variety": "eu-x-bizkai",
        "category": "food", "pair_probability": 0.5, "revision_a": "ahuntz-1", "first_token_ms_a": 40,
        "dwell_ms": 4200, "interface_language": "eu", "population": "people", "repeat": False, "turns": 1,
        "headers_a": 1, "lists_a": 1, "bold_a": 1, "headers_b": 0, "characters_b": len(ANSWERS[1]),
        "wrong_language_a": True, "wrong_language_b": None,
    }  # fmt: skip
    assert {name: row[name] for name in kept} == kept


def test_first_tokens_are_of_the_first_turn_and_sizes_of_the_last(pair: Pair) -> None:
    battle = make_battle(*pair)
    add_answered_turn(battle, text="Eta gero?", answers=("Bai.", "Ez, eskerrik asko."))
    battle.turns.get(number=1).answers.update(first_token_ms=7)
    vote_on(battle, "b")
    [row] = rows_of(export_of())
    assert (row["turns"], row["first_token_ms_a"], row["characters_a"], row["characters_b"]) == (2, 7, 4, 18)


def test_texts_are_only_where_a_researcher_asked_for_conversations(voted: Pair) -> None:
    assert ANSWERS[0].encode() not in b"".join(export_of(format="jsonl").values())
    row = rows_of(export_of(researcher(), conversations="1"))[0]
    assert row["conversation_a"] == [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": ANSWERS[0]},
    ]


def test_tags_are_in_every_export_and_comments_only_with_conversations(pair: Pair) -> None:
    vote = make_vote(*pair, "a")
    add_answered_turn(vote.battle, text="Eta gero?", answers=("Bai.", "Ez."))
    vote.remarks.create(side="a", tags=["invented_facts", "helpful"], comment='"Ez" da\negia.')
    make_vote(*pair, "b").remarks.create(side="b", tags=[], comment="Argia.")
    first, second = rows_of(export_of())
    assert (first["turns"], first["tags_a"], first["tags_b"]) == (2, ["invented_facts", "helpful"], None)
    assert (second["tags_a"], second["tags_b"]) == (None, [])
    assert b"egia" not in b"".join(export_of(format="jsonl").values())
    first, second = rows_of(export_of(researcher(), conversations="1"))
    assert (first["comment_a"], first["comment_b"], second["comment_b"]) == ('"Ez" da\negia.', None, "Argia.")


def test_numbers_and_texts_are_exported_as_they_are(pair: Pair) -> None:
    odd = 'Zer\tda "hau"?\r\n\\n {"a": [1]} \x01\x7f\u2028 \N{TIBETAN LETTER KA} \N{HERB} e\u0301'
    make_vote(*pair, "a", text=odd, answers=(odd, odd[::-1]), pair_probability=1 / 3)
    make_vote(*pair, "b", pair_probability=0.1 + 0.2)
    first, second = rows_of(export_of(researcher(), conversations="1"))
    assert (first["pair_probability"], second["pair_probability"]) == (1 / 3, 0.1 + 0.2)
    assert [message["content"] for side in "ab" for message in first[f"conversation_{side}"]] == [
        odd, odd, odd, odd[::-1],
    ]  # fmt: skip


def test_an_outsider_gets_no_conversations_by_asking(voted: Pair) -> None:
    assert "Conversations are for researchers" in ask(conversations="1").content.decode()
    assert not Export.objects.exists()


def test_an_export_with_conversations_is_hidden_from_outsiders(voted: Pair) -> None:
    export_of(researcher(), conversations="1")
    export = Export.objects.get()
    for page in ("", "progress/", "download/"):
        assert outsider().get(f"/exports/{export.pk}/{page}").status_code == 404


@pytest.mark.parametrize(
    ("schema", "columns"),
    [
        ("lmsys", "question_id model_a model_b winner judge conversation_a conversation_b turn anony language tstamp "
         "openai_moderation toxic_chat_tag"),
        ("arena140k", "id model_a model_b winner evaluation_session_id evaluation_order conversation_a conversation_b "
         "full_conversation conv_metadata category_tag language is_code timestamp"),
        ("ebaluatoia", "id username user_language user_education timestamp model_a model_b conv_a conv_b winner "
         "winner_content winner_language"),
    ],
)  # fmt: skip
def test_other_schemas_have_exactly_their_columns(voted: Pair, schema: str, columns: str) -> None:
    [row, *_others] = rows_of(export_of(schema=schema))
    assert list(row) == columns.split()


def test_lmsys_has_its_own_words(voted: Pair) -> None:
    rows = rows_of(export_of(researcher(), schema="lmsys", conversations="1"))
    assert [row["winner"] for row in rows[:5]] == ["model_a", "model_a", "model_b", "tie", "tie (bothbad)"]
    assert (rows[0]["language"], rows[0]["turn"], rows[0]["anony"]) == ("Basque", 1, True)
    assert rows[0]["conversation_b"][1] == {"role": "assistant", "content": ANSWERS[1]}
    assert len({row["judge"] for row in rows}) == 2


def test_arena140k_has_sessions_parts_and_marks(pair: Pair) -> None:
    participant = make_participant()
    for _ in range(2):
        vote_on(make_battle(*pair, participant=participant, answers=("## Bat\n1. bi\n```\n# ez\n```", "__hiru__")), "a")
    rows = rows_of(export_of(researcher(), schema="arena140k", conversations="1"))
    assert [row["evaluation_order"] for row in rows] == [1, 2]
    assert rows[0]["full_conversation"][0]["model_side_b"]["content"] == [
        {"type": "text", "text": "__hiru__", "image": None, "mimeType": None}
    ]
    figures = rows[0]["conv_metadata"]
    assert (figures["header_count_a"]["h1"], figures["header_count_a"]["h2"]) == (0, 1)
    assert (figures["list_count_a"]["ordered"], figures["bold_count_b"]["__"]) == (1, 1)
    assert (figures["sum_assistant_a_tokens"], figures["turns"]) == (12, 1)


def test_a_board_s_export_has_its_votes_alone(pair: Pair) -> None:
    make_vote(*pair, "a", variety="eu-x-bizkai")
    make_vote(*pair, "b")
    assert [row["winner"] for row in rows_of(export_of(board="variety:eu-x-bizkai"))] == ["model_a"]


def test_an_axis_counts_its_own_outcomes(pair: Pair) -> None:
    vote = make_vote(*pair, "a")
    make_vote(*pair, "b")
    Vote.objects.filter(pk=vote.pk).update(content="tie")
    assert json.loads(export_of(board="content")["manifest.json"])["outcomes"]["tie"] == 1


def test_withdrawn_excluded_and_repeated_votes_are_in_no_export(voted: Pair) -> None:
    withdraw(receipt=make_vote(*voted, "a").battle.consent.receipt)
    for change in ({"repeat": True}, {"population": "excluded"}):
        Vote.objects.filter(pk=make_vote(*voted, "a").pk).update(**change)
    assert len(rows_of(export_of())) == 7


def test_simulated_votes_are_in_an_export_only_where_asked_for(voted: Pair) -> None:
    make_vote(*voted, "b", participant=make_participant(simulated=True))
    assert len(rows_of(export_of())) == 7
    files = export_of(simulated="1")
    assert [row["population"] for row in rows_of(files)].count("simulated") == 1
    assert "simulated voters" in files["README.md"].decode()


def test_an_export_without_votes_is_whole_too(pair: Pair) -> None:
    files = export_of()
    assert rows_of(files) == []
    assert "0 votes of 0 voters" in files["README.md"].decode()


def test_the_page_shows_progress_and_then_the_download(voted: Pair, sent: list[str]) -> None:
    page = ask().content.decode()
    [number] = sent
    assert "It waits for a worker." in page
    Export.objects.update(state="running", rows_done=3, rows_total=7)
    assert "3 of 7 votes looked at" in outsider().get(f"/exports/{number}/progress/?state=running").content.decode()
    Export.objects.update(state="queued")
    write_export(number)
    assert outsider().get(f"/exports/{number}/progress/?state=queued").headers["HX-Refresh"] == "true"
    assert f"/exports/{number}/download/" in outsider().get(f"/exports/{number}/").content.decode()


def test_the_same_export_is_not_queued_twice(voted: Pair, sent: list[str]) -> None:
    ask()
    ask()
    assert Export.objects.count() == len(sent) == 1


def test_the_line_for_exports_has_an_end(voted: Pair, monkeypatch) -> None:
    monkeypatch.setattr(exports, "MOST_UNFINISHED", 1)
    ask()
    assert "Too many exports are waiting" in ask(format="csv").content.decode()


def test_what_cannot_be_exported_is_refused_in_a_sentence(voted: Pair) -> None:
    assert "There is no such export." in ask(schema="xlsx").content.decode()


def test_a_job_that_comes_twice_writes_once(voted: Pair) -> None:
    export_of()
    export = Export.objects.get()
    before = exports.path_of(export).stat().st_mtime_ns
    write_export(str(export.pk))
    assert exports.path_of(export).stat().st_mtime_ns == before


def test_a_job_whose_export_is_gone_returns_quietly() -> None:
    write_export("00000000-0000-4000-8000-000000000000")
    assert not Export.objects.exists()


def test_an_export_whose_worker_went_away_fails_with_a_sentence(voted: Pair, folder: Path) -> None:
    ask()
    Export.objects.update(state="running", heartbeat_at=timezone.now() - timedelta(seconds=61))
    sweep_exports()
    export = Export.objects.get()
    assert (export.state, export.error) == ("failed", "The worker that wrote it went away. Ask for it again.")
    assert export.error in outsider().get(f"/exports/{export.pk}/").content.decode()


def test_a_worker_that_was_given_up_leaves_nothing(voted: Pair, monkeypatch, folder: Path) -> None:
    ask()
    export = Export.objects.get()
    monkeypatch.setattr(exports, "vote_card", lambda _manifest: Export.objects.update(state="failed") and "")
    write_export(str(export.pk))
    assert Export.objects.get().state == "failed"
    assert list(folder.iterdir()) == []


def test_an_error_is_a_sentence_and_leaves_no_file(voted: Pair, monkeypatch, folder: Path) -> None:
    def full(_manifest: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "vote_card", full)
    ask()
    write_export(str(Export.objects.get().pk))
    assert Export.objects.get().error == "The file could not be written: No space left on device."
    assert list(folder.iterdir()) == []


def test_old_exports_go_with_their_files(voted: Pair, folder: Path) -> None:
    export_of()
    Export.objects.update(created_at=timezone.now() - timedelta(hours=25))
    sweep_exports()
    assert not Export.objects.exists()
    assert list(folder.iterdir()) == []


def test_a_message_that_got_lost_is_sent_again(voted: Pair, sent: list[str]) -> None:
    ask()
    sweep_exports()
    assert sent == [str(Export.objects.get().pk)] * 2


def test_files_at_once_say_where_their_card_is(voted: Pair) -> None:
    response = outsider().get("/votes.csv")
    assert "/votes/README.md" in response.headers["Link"]
    assert "7 votes of 2 voters" in outsider().get("/votes/README.md").content.decode()


def test_files_at_once_never_hold_texts(voted: Pair) -> None:
    content = researcher().get("/votes.json?conversations=1&schema=lmsys").getvalue()
    assert b"conversation" not in content
    assert ANSWERS[0].encode() not in content


@pytest.mark.django_db(transaction=True)
def test_many_batches_make_the_same_file_as_one(voted: Pair, monkeypatch) -> None:
    one = outsider().get("/votes.json").getvalue()
    monkeypatch.setattr(batches, "VOTES_AT_ONCE", 2)
    assert outsider().get("/votes.json").getvalue() == one
    assert len(pq.read_table(io.BytesIO(outsider().get("/votes.parquet").getvalue()))) == 7


@pytest.mark.django_db(transaction=True)
def test_the_real_site_streams_its_files(voted: Pair, monkeypatch) -> None:
    monkeypatch.setattr(batches, "VOTES_AT_ONCE", 3)
    with live_site() as address, urllib.request.urlopen(f"http://{address}/votes.json") as response:
        assert len(json.loads(response.read())) == 7
