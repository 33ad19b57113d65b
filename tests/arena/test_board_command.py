"""What the command `leaderboard` is asked for a file of votes, and where it puts the answer."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import call_command

from tests.arena.vote_files import board_of_file, ratings, refusal, some_votes, write


@pytest.mark.parametrize("method", ["davidson", "both-bad", "elo"])
def test_another_method_is_told_with_the_board(tmp_path, method: str) -> None:
    found = board_of_file(write(tmp_path, some_votes()), method=method)
    assert found["method"] == method
    assert None not in ratings(found).values()


@pytest.mark.parametrize("intervals", ["voter", "iid", "bootstrap"])
def test_intervals_are_of_the_kind_that_was_asked_for(tmp_path, intervals: str) -> None:
    assert board_of_file(write(tmp_path, some_votes()), intervals=intervals)["intervals"] == intervals


def test_slices_lean_on_the_whole_board(tmp_path) -> None:
    found = board_of_file(write(tmp_path, some_votes()), by="language")
    alone = board_of_file(write(tmp_path, [row for row in some_votes() if row["language"] == "bo"]))
    slices, overall = found["boards"], ratings(found)
    assert list(slices) == ["bo", "eu"]
    assert sum(one["votes"] for one in slices.values()) == found["votes"]
    distance = {
        name: sum(abs(one[model] - overall[model]) for model in overall)
        for name, one in (("alone", ratings(alone)), ("slice", ratings(slices["bo"])))
    }
    assert distance["slice"] < distance["alone"]


def test_slices_are_told_by_a_column_of_the_table(tmp_path) -> None:
    call_command("leaderboard", votes=write(tmp_path, some_votes()), by="language", format="csv", out=tmp_path / "out")
    found = pd.read_csv(tmp_path / "out", keep_default_na=False)
    assert found.groupby("language").size().to_dict() == {"": 4, "bo": 4, "eu": 4}


def test_an_anchor_has_its_rating_and_the_differences_stay(tmp_path) -> None:
    path = write(tmp_path, some_votes())
    free, held = ratings(board_of_file(path)), ratings(board_of_file(path, anchor=("m2", 1500.0)))
    assert held["m2"] == 1500
    assert held["m0"] - held["m3"] == pytest.approx(free["m0"] - free["m3"], abs=1e-8)


def test_weights_change_ratings_and_leave_the_number_of_votes(tmp_path) -> None:
    path = write(tmp_path, some_votes())
    plain, weighted = board_of_file(path), board_of_file(path, weights="inverse-propensity")
    assert weighted["votes"] == plain["votes"]
    assert ratings(weighted) != ratings(plain)


def test_style_is_held_still_by_columns_or_by_conversations(tmp_path) -> None:
    draw, rows, texts = random.Random(3), some_votes(), []
    for row in rows:
        answers = {
            side: "bai " * draw.randint(1, 30) + draw.choice(["", "\n- a\n- b", "\n# a", "**b**"]) for side in "ab"
        }
        texts.append(
            {**row, **{f"conversation_{side}": [{"role": "assistant", "content": answers[side]}] for side in "ab"}}
        )
    expected = board_of_file(write(tmp_path, texts, "jsonl"), style=True)
    assert set(expected["parameters"]) == {"side", "characters", "headers", "lists", "bold"}
    nested = [{**row, **{f"conversation_{s}": json.dumps(row[f"conversation_{s}"]) for s in "ab"}} for row in texts]
    assert board_of_file(write(tmp_path, nested), style=True) == expected


@pytest.mark.parametrize("format_", ["table", "json", "csv", "parquet"])
def test_out_is_a_file_in_every_format(tmp_path, format_: str, capsys) -> None:
    out = tmp_path / "board"
    call_command("leaderboard", votes=write(tmp_path, some_votes()), format=format_, out=out)
    assert capsys.readouterr().out == ""
    assert b"m0" in out.read_bytes()


def test_out_is_left_as_it_was_where_the_votes_are_refused(tmp_path) -> None:
    out = tmp_path / "board"
    out.write_text("before")
    refusal(write(tmp_path, [{**some_votes()[0], "winner": "left"}]), out=out)
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["board", "votes.csv"]


def test_out_in_a_folder_that_is_not_there_is_one_sentence(tmp_path) -> None:
    path = write(tmp_path, some_votes())
    assert "could not be written" in refusal(path, out=tmp_path / "nowhere" / "board")


def test_parquet_is_not_printed(tmp_path) -> None:
    assert "--out" in refusal(write(tmp_path, some_votes()), format="parquet")


def test_neither_site_nor_database_is_needed(tmp_path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/none",
        "HAREA_VAR": str(tmp_path / "var"),
    }
    command = [
        sys.executable,
        "manage.py",
        "leaderboard",
        "--votes",
        str(write(tmp_path, some_votes())),
        "--format",
        "json",
    ]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["votes"] == 400


def test_a_refused_file_ends_the_command_with_2_and_one_line(tmp_path) -> None:
    path = write(tmp_path, [{**some_votes()[0], "winner": "left"}])
    command = [sys.executable, "manage.py", "leaderboard", "--votes", str(path)]
    environment = {**os.environ, "HAREA_VAR": str(tmp_path / "var")}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"by": "variety"}, "it does not say the variety of a vote"),
        ({"style": True}, "there is no column 'conversation_a'"),
        ({"anchor": ("m9", 1000.0)}, "'m9' is not ranked"),
        ({"style": True, "schema": "counts"}, "--style needs votes"),
    ],
)
def test_what_a_file_cannot_answer_is_one_sentence(tmp_path, options: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(write(tmp_path, some_votes()), **options)
