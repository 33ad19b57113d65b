"""The board of a file of votes, entering at the command: no site, no database."""

from __future__ import annotations

import csv
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
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from arena.datasets.exports import path_of
from arena.leaderboards.compute import board
from arena.models import Export, Vote
from arena.tasks import write_export
from tests.arena.cast import make_model, make_participant, make_votes

DATA = Path(os.environ.get("HAREA_DATA", settings.BASE_DIR.parent / "shared" / "data"))
LABELS = ("model_a", "model_b", "tie", "both_bad")

Rows = list[dict[str, Any]]


def some_votes(number: int = 400, seed: int = 1) -> Rows:
    """Votes on four models of different strength, of twenty voters and two languages."""
    draw = random.Random(seed)
    rows = []
    for i in range(number):
        a, b = draw.sample(range(4), 2)
        label = draw.choices(LABELS, [3 + a, 3 + b, 2, 1])[0]
        rows.append(
            {
                "id": str(i), "model_a": f"m{a}", "model_b": f"m{b}", "winner": label, "voter": f"v{i % 20}",
                "language": ("eu", "bo")[i % 7 == 0], "pair_probability": 0.1 + 0.2 * ((a + b) % 2),
            }
        )  # fmt: skip
    return rows


def write_csv(path: Path, rows: Rows, delimiter: str = ",") -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


WRITERS: dict[str, Callable[[Path, Rows], Any]] = {
    "csv": write_csv,
    "tsv": lambda path, rows: write_csv(path, rows, "\t"),
    "json": lambda path, rows: path.write_text(json.dumps(rows)),
    "jsonl": lambda path, rows: path.write_text("".join(json.dumps(row) + "\n" for row in rows)),
    "parquet": lambda path, rows: pq.write_table(pa.Table.from_pylist(rows), path),
}


def write(folder: Path, rows: Rows, suffix: str = "csv") -> Path:
    path = folder / f"votes.{suffix}"
    WRITERS[suffix](path, rows)
    return path


def board_of_file(path: Path, **options: Any) -> dict[str, Any]:
    """The command's JSON."""
    out = io.StringIO()
    call_command("leaderboard", votes=path, format="json", stdout=out, **options)
    return json.loads(out.getvalue())


def ratings(found: dict[str, Any]) -> dict[str, float]:
    return {row["model"]: row["rating"] for row in found["models"]}


def refusal(path: Path, **options: Any) -> str:
    """What the command says to a file that it refuses, with exit code 2 and nothing printed."""
    out = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("leaderboard", votes=path, stdout=out, **options)
    assert (refused.value.returncode, out.getvalue()) == (2, "")
    assert "\n" not in str(refused.value)
    return str(refused.value)


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


# Options


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
