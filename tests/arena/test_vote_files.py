"""The board of a file of votes, entering at the command: what is read, and what is refused."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.conf import settings
from django.core.management import call_command

from arena.datasets.exports import path_of
from arena.leaderboards.compute import board
from arena.models import Export, Vote
from arena.tasks import write_export
from tests.arena.cast import make_model, make_participant, make_votes
from tests.arena.vote_files import board_of_file, ratings, refusal, some_votes, write

DATA = Path(os.environ.get("HAREA_DATA", settings.BASE_DIR.parent / "shared" / "data"))


def test_the_board_of_a_file_has_ratings_intervals_ranks_and_votes(tmp_path) -> None:
    found = board_of_file(write(tmp_path, some_votes()))
    assert (found["method"], found["votes"], found["warnings"]) == ("bradley-terry", 400, [])
    first = found["models"][0]
    assert first["lower"] < first["rating"] < first["upper"]
    assert first["rank_lower"] <= 1 <= first["rank_upper"]
    assert {"model", "p_first", "votes"} <= set(first)


@pytest.mark.parametrize("suffix", ["tsv", "json", "jsonl", "parquet"])
def test_every_kind_of_file_gives_the_same_board(tmp_path, suffix: str) -> None:
    rows = some_votes()
    expected = board_of_file(write(tmp_path, rows))
    assert board_of_file(write(tmp_path, rows, suffix)) == expected


def test_the_order_of_rows_changes_no_rating(tmp_path) -> None:
    rows = some_votes()
    expected = ratings(board_of_file(write(tmp_path, rows)))
    random.Random(2).shuffle(rows)
    assert ratings(board_of_file(write(tmp_path, rows))) == pytest.approx(expected, abs=1e-9)


def test_swapped_sides_change_no_rating(tmp_path) -> None:
    rows = some_votes()
    expected = ratings(board_of_file(write(tmp_path, rows)))
    swap = {"model_a": "model_b", "model_b": "model_a"}
    turned = [
        {**row, "model_a": row["model_b"], "model_b": row["model_a"], "winner": swap.get(row["winner"], row["winner"])}
        for row in rows
    ]
    assert ratings(board_of_file(write(tmp_path, turned))) == pytest.approx(expected, abs=1e-9)


# Schemas


def lmsys(row: dict[str, Any]) -> dict[str, Any]:
    winner = {"both_bad": "tie (bothbad)"}.get(row["winner"], row["winner"])
    return {
        "question_id": row["id"],
        **{k: row[k] for k in ("model_a", "model_b")},
        "winner": winner,
        "judge": row["voter"],
    }


def arena140k(row: dict[str, Any]) -> dict[str, Any]:
    return {**{k: row[k] for k in ("id", "model_a", "model_b", "winner")}, "evaluation_session_id": row["voter"]}


def ebaluatoia(row: dict[str, Any]) -> dict[str, Any]:
    return {**{k: row[k] for k in ("id", "model_a", "model_b", "winner")}, "username": row["voter"]}


@pytest.mark.parametrize("shape", [lmsys, arena140k, ebaluatoia], ids=lambda shape: shape.__name__)
def test_a_foreign_file_is_recognised_with_its_voters(tmp_path, shape: Callable[..., Any]) -> None:
    rows = some_votes()
    expected = board_of_file(write(tmp_path, rows))
    found = board_of_file(write(tmp_path, [shape(row) for row in rows]))
    assert (found["models"], found["intervals"]) == (expected["models"], "voter")


def test_comparia_names_the_chosen_model_or_says_that_both_are_equal(tmp_path) -> None:
    rows = [row for row in some_votes() if row["winner"] != "both_bad"]
    theirs = [
        {
            "model_a_name": row["model_a"], "model_b_name": row["model_b"], "visitor_id": None,
            "session_hash": row["voter"], "both_equal": row["winner"] == "tie",
            "chosen_model_name": None if row["winner"] == "tie" else row[row["winner"]],
        }
        for row in rows
    ]  # fmt: skip
    expected = board_of_file(write(tmp_path, rows))
    assert board_of_file(write(tmp_path, theirs, "parquet"))["models"] == expected["models"]
    assert board_of_file(write(tmp_path, theirs, "jsonl"))["models"] == expected["models"]


def test_counts_may_be_fractions(tmp_path) -> None:
    (tmp_path / "votes.csv").write_text("model_a,model_b,a,b,tie,both_bad\nm0,m1,10.5,5,2.5,1\nm1,m0,7,6,1,0\n")
    found = board_of_file(tmp_path / "votes.csv")
    assert (found["votes"], found["intervals"]) == (33.0, "iid")


def test_the_counts_of_a_board_s_file_give_the_board_again(tmp_path) -> None:
    found = board_of_file(write(tmp_path, some_votes()), intervals="iid")
    (tmp_path / "board.json").write_text(json.dumps(found))
    assert board_of_file(tmp_path / "board.json", intervals="iid") == found


def test_a_published_board_of_real_votes_comes_out_within_three_points(tmp_path) -> None:
    folder = DATA / "pref-latxa-arena-aggregate"
    if not folder.exists():
        pytest.skip(f"the published counts are not there: {folder}")
    battles = pd.read_csv(folder / "battles.tsv", sep="\t")
    shares = {"a": "win_a_pct", "b": "win_b_pct", "tie": "tie_pct"}
    counts = battles[["model_a", "model_b"]].assign(both_bad=0)
    for name, share in shares.items():
        counts[name] = battles["battles"] * battles[share] / 100
    counts.to_csv(tmp_path / "votes.tsv", sep="\t", index=False)
    published = pd.read_csv(folder / "leaderboard.tsv", sep="\t").set_index("model")["elo"].to_dict()
    assert ratings(board_of_file(tmp_path / "votes.tsv", schema="counts")) == pytest.approx(published, abs=3)


@pytest.mark.django_db
@pytest.mark.parametrize("schema", ["harea", "lmsys", "arena140k", "ebaluatoia"])
@pytest.mark.parametrize("format_", ["parquet", "csv", "jsonl", "json"])
def test_a_round_trip_through_every_schema_gives_the_same_ratings(
    tmp_path, settings, schema: str, format_: str
) -> None:
    settings.VAR_DIR = tmp_path
    models = [make_model(name) for name in ("ahuntz", "behi", "catu")]
    for first, second in ((0, 1), (1, 2), (2, 0), (1, 0)):
        make_votes(
            models[first], models[second], ["a", "a", "b", "tie", "both_bad"] * 2, participant=make_participant()
        )
    export = Export.objects.create(schema=schema, format=format_, board="overall")
    write_export(str(export.pk))
    folder = tmp_path / "export"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", path_of(export), folder], check=True)
    found, site = board_of_file(folder), board()
    assert ratings(found) == pytest.approx({row.model: row.rating for row in site.rows}, abs=1e-9)
    assert (found["hash"], found["intervals"]) == (site.hash, "voter")


@pytest.mark.django_db
def test_an_excluded_vote_is_in_no_export_of_preferences(tmp_path) -> None:
    pair = make_model("ahuntz"), make_model("behi")
    [kept, excluded] = make_votes(*pair, ["a", "b"])
    Vote.objects.filter(pk=excluded.pk).update(population="excluded")
    call_command("export_preferences", format="votes", out=tmp_path / "votes", stdout=io.StringIO())
    [row] = [json.loads(line) for line in (tmp_path / "votes" / "votes.jsonl").read_text().splitlines()]
    assert row["vote"] == kept.pk


# What is refused

WRONG_ROWS = [
    ({"winner": "left"}, "winner is 'left'"),
    ({"winner": ""}, "winner is missing"),
    ({"model_a": "m1", "model_b": "m1"}, "'m1' meets itself"),
    ({"model_b": ""}, "model_b is missing"),
    ({"voter": ""}, "voter is missing"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG_ROWS)
@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_a_wrong_row_is_named(tmp_path, change: dict[str, str], sentence: str, suffix: str) -> None:
    rows = some_votes(10)
    rows[6] |= change
    said = refusal(write(tmp_path, rows, suffix))
    assert "row 7" in said
    assert sentence in said
    assert str(tmp_path / "votes") in said


def test_the_line_of_a_row_is_told_where_it_differs(tmp_path) -> None:
    rows = [{**row, "note": "two\nlines"} for row in some_votes(10)]
    rows[6]["winner"] = "left"
    assert "row 7 (line 15)" in refusal(write(tmp_path, rows))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tie": "nan"}, "tie is missing"),
        ({"a": "inf"}, "a is 'inf', which is no number"),
        ({"a": "-1"}, "a is '-1', which is less than 0"),
        ({"b": "many"}, "b is 'many', which is no number"),
        ({"model_b": "m0"}, "'m0' meets itself"),
    ],
)
def test_a_wrong_row_of_counts_is_named(tmp_path, change: dict[str, str], sentence: str) -> None:
    row = {"model_a": "m0", "model_b": "m1", "a": "1", "b": "2", "tie": "3", "both_bad": "0"}
    said = refusal(write(tmp_path, [row, {**row, **change}]))
    assert "row 2" in said
    assert sentence in said


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_a_nan_is_named(tmp_path, suffix: str) -> None:
    rows = some_votes(10)
    rows[6]["pair_probability"] = float("nan")
    said = refusal(write(tmp_path, rows, suffix), weights="inverse-propensity")
    assert "row 7: pair_probability is missing" in said


@pytest.mark.parametrize("column", ["model_a", "model_b", "winner"])
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_missing_column_is_named(tmp_path, column: str, suffix: str) -> None:
    rows = [{name: value for name, value in row.items() if name != column} for row in some_votes(10)]
    assert f"there is no column {column!r}" in refusal(write(tmp_path, rows, suffix))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("votes.csv", b"", "the file is empty"),
        ("votes.csv", b"model_a,model_b,winner\n", "there are no rows"),
        ("votes.json", b"[]", "there"),
        ("votes.json", b'{"a": 1}', "no list of objects"),
        ("votes.json", b'["a"]', "row 1 is no object"),
        ("votes.json", b"model_a,model_b,winner\nm0,m1,tie\n", "this is not JSON"),
        ("votes.jsonl", b'{"model_a": "m0"}\n{"model_a"\n', "line 2 is not JSON"),
        ("votes.parquet", b"model_a,model_b,winner\n", "this is not Parquet"),
        ("votes.csv", b"PAR1\x00\xff\xfe", "line 1 is not text in UTF-8"),
        ("votes.csv", "model_a,model_b,winner\nm0,m\xf1,tie\n".encode("latin-1"), "line 2 is not text in UTF-8"),
        ("votes.csv", b"model_a,model_b,winner\nm0,m1\n", "row 1 (line 2) has 2 fields, and the header 3"),
        ("votes.xlsx", b"PK", "the name must end in one of"),
    ],
)
def test_what_is_no_file_of_votes_is_one_sentence(tmp_path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert sentence in refusal(tmp_path / name)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path) -> None:
    assert "No such file" in refusal(tmp_path / "votes.csv")


def test_a_folder_without_votes_is_one_sentence(tmp_path) -> None:
    assert "no file of votes in this folder" in refusal(tmp_path)
