"""From votes to a data set on disk, entering at the command."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from arena.models import Prompt, Vote
from arena.people.withdrawal import withdraw
from serving.models import LanguageModel
from tests.arena.cast import (
    ANSWERS,
    QUESTION,
    add_answered_turn,
    consent_from,
    make_battle,
    make_model,
    make_participant,
    make_vote,
    vote_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair() -> tuple[LanguageModel, LanguageModel]:
    return make_model("ahuntz"), make_model("behi")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "pairs"


def export(out: Path, kind: str = "dpo", **options: Any) -> dict[str, Any]:
    """Run the command; return the manifest."""
    call_command("export_preferences", format=kind, out=out, **options)
    return json.loads((out / "manifest.json").read_text())


def rows_of(out: Path, split: str = "train") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{split}.jsonl").read_text().splitlines()]


def test_a_decided_vote_is_a_pair_of_messages_with_an_explicit_prompt(pair, out) -> None:
    make_vote(*pair, "b")
    export(out)
    [row] = rows_of(out)
    assert row["prompt"] == [{"role": "user", "content": QUESTION}]
    assert row["chosen"] == [{"role": "assistant", "content": ANSWERS[1]}]
    assert row["rejected"] == [{"role": "assistant", "content": ANSWERS[0]}]
    assert (row["chosen_model"], row["rejected_model"], row["chosen_side"]) == ("behi", "ahuntz", "b")


def test_ties_and_both_bad_are_never_a_pair(pair, out) -> None:
    for outcome in ("a", "tie", "tie", "both_bad"):
        make_vote(*pair, outcome)
    manifest = export(out)
    assert manifest["pairs"] == 1
    assert manifest["left_out"] == {"both_bad": 1, "tie": 2}


def test_both_bad_makes_two_bad_answers_for_kto(pair, out) -> None:
    make_vote(*pair, "both_bad")
    export(out, "kto")
    assert [(row["model"], row["label"]) for row in rows_of(out)] == [("ahuntz", False), ("behi", False)]


def test_a_decided_vote_makes_a_good_and_a_bad_answer_for_kto(pair, out) -> None:
    make_vote(*pair, "a")
    make_vote(*pair, "tie")
    export(out, "kto")
    assert [(row["model"], row["label"]) for row in rows_of(out)] == [("ahuntz", True), ("behi", False)]


def test_a_battle_of_two_turns_gives_the_pair_of_its_first(pair, out) -> None:
    battle = make_battle(*pair)
    add_answered_turn(battle, text="Eta bazkaltzeko?", answers=("Babarrunak.", "Arraina."))
    vote_on(battle, "a")
    export(out)
    [row] = rows_of(out)
    assert (row["turn"], row["prompt"]) == (1, [{"role": "user", "content": QUESTION}])


def test_the_second_turn_is_a_pair_where_both_answered_the_first_alike(pair, out) -> None:
    battle = make_battle(*pair, answers=("Kaixo!", "Kaixo!"))
    add_answered_turn(battle, text="Eta bazkaltzeko?", answers=("Babarrunak.", "Arraina."))
    vote_on(battle, "a")
    export(out)
    [row] = rows_of(out)
    assert [message["content"] for message in row["prompt"]] == [QUESTION, "Kaixo!", "Eta bazkaltzeko?"]
    assert row["chosen"][0]["content"] == "Babarrunak."


def test_identical_answers_are_left_out(pair, out) -> None:
    make_vote(*pair, "a")
    make_vote(*pair, "a", answers=("Bai.", "Bai."))
    assert export(out)["left_out"] == {"identical": 1}


def test_a_shared_system_prompt_begins_the_prompt(out) -> None:
    make_vote(*(make_model(name, system_prompt="Euskaraz erantzun.") for name in ("ahuntz", "behi")), "a")
    export(out)
    assert rows_of(out)[0]["prompt"][0] == {"role": "system", "content": "Euskaraz erantzun."}


def test_a_chosen_answer_in_another_language_is_left_out(pair, out) -> None:
    make_vote(*pair, "a")
    make_vote(*pair, "a", languages=("es", "eu"))
    manifest = export(out)
    assert (manifest["pairs"], manifest["left_out"]) == (1, {"other_language": 1})


def test_an_answer_of_unknown_language_is_kept(pair, out) -> None:
    make_vote(*pair, "a", languages=("", ""))
    assert export(out)["pairs"] == 1


def test_a_rejected_answer_may_be_in_any_language(pair, out) -> None:
    make_vote(*pair, "a", languages=("eu", "es"))
    assert export(out)["pairs"] == 1


def test_held_out_prompts_never_enter_train(pair, out) -> None:
    Prompt.objects.create(text=QUESTION, language="eu", category="food", held_out=True)
    make_vote(*pair, "a", text=f"  {QUESTION.upper()} ")
    make_vote(*pair, "a", text="Zein da zure herria?")
    manifest = export(out)
    assert [row["prompt"][0]["content"] for row in rows_of(out)] == ["Zein da zure herria?"]
    assert [row["prompt"][0]["content"] for row in rows_of(out, "test")] == [f"  {QUESTION.upper()} "]
    assert len(manifest["votes"]) == len(manifest["test_votes"]) == 1


def test_held_out_prompts_in_a_later_history_are_held_out_too(pair, out) -> None:
    Prompt.objects.create(text=QUESTION, language="eu", category="food", held_out=True)
    make_vote(*pair, "a", text="Zein da zure herria?")
    battle = make_battle(*pair, answers=("Kaixo!", "Kaixo!"))
    add_answered_turn(battle, text="Eta bazkaltzeko?", answers=("Babarrunak.", "Arraina."))
    vote_on(battle, "a")
    assert export(out)["counts"] == {"train": 1, "test": 1}


def test_only_who_agreed_to_training_is_in_it(pair, out) -> None:
    make_vote(*pair, "a")
    make_vote(*pair, "a", participant=make_participant(train=False))
    manifest = export(out)
    assert (manifest["pairs"], manifest["left_out"]) == (1, {"no_consent": 1})


def test_a_withdrawn_vote_leaves_the_next_export(pair, out, tmp_path) -> None:
    kept, gone = make_vote(*pair, "a"), make_vote(*pair, "a")
    assert export(out)["votes"] == [kept.pk, gone.pk]
    withdraw(receipt=gone.battle.consent.receipt)
    assert export(tmp_path / "next")["votes"] == [kept.pk]


def test_simulated_votes_are_exported_only_where_asked_for(pair, out, tmp_path) -> None:
    make_vote(*pair, "a")
    make_vote(*pair, "a", participant=make_participant(simulated=True))
    assert export(out)["pairs"] == 1
    assert export(tmp_path / "all", simulated=True)["pairs"] == 2


def test_one_model_s_battles_can_be_asked_for(pair, out) -> None:
    make_vote(*pair, "a")
    make_vote(pair[0], make_model("catu"), "a")
    export(out, model="catu")
    assert [row["rejected_model"] for row in rows_of(out)] == ["catu"]


def test_votes_since_a_day_can_be_asked_for(pair, out) -> None:
    old, new = make_vote(*pair, "a"), make_vote(*pair, "a")
    Vote.objects.filter(pk=old.pk).update(created_at=datetime(2026, 1, 1, 23, 59, tzinfo=UTC))
    Vote.objects.filter(pk=new.pk).update(created_at=datetime(2026, 1, 2, 0, 0, tzinfo=UTC))
    call_command("export_preferences", "--format=dpo", f"--out={out}", "--since=2026-01-02")
    assert [row["vote"] for row in rows_of(out)] == [new.pk]


@pytest.mark.parametrize(("kind", "split"), [("dpo", "train"), ("kto", "train"), ("votes", "votes")])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_the_export_reads_back_as_it_was_written(pair, out, tmp_path, kind, split) -> None:
    from datasets import load_dataset  # Takes seconds, and only this test needs it.

    Prompt.objects.create(text="Zenbat?", language="eu", category="numbers", held_out=True)
    make_vote(*pair, "a")
    make_vote(*pair, "b", text="zenbat")
    export(out, kind)
    read = load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
    assert set(read) == ({"votes"} if kind == "votes" else {"train", "test"})
    assert read[split].to_list() == rows_of(out, split)


def test_the_same_votes_give_the_same_hash(pair, out, tmp_path) -> None:
    make_vote(*pair, "a")
    first, second = export(out), export(tmp_path / "again")
    make_vote(*pair, "b")
    third = export(tmp_path / "more")
    assert first["hash"] == second["hash"] != third["hash"]


def test_the_votes_format_holds_only_what_may_be_published(pair, out) -> None:
    make_vote(*pair, "tie")
    make_vote(*pair, "a", participant=make_participant(publish=False))
    export(out, "votes")
    [row] = rows_of(out, "votes")
    assert row["winner"] == "tie"
    assert row["conversation_b"][1] == {"role": "assistant", "content": ANSWERS[1]}


def test_no_votes_is_one_sentence_and_exit_code_2(out) -> None:
    with pytest.raises(CommandError, match=r"^There are no votes to export\.$") as refusal:
        export(out)
    assert refusal.value.returncode == 2
    assert not out.exists()


def test_votes_that_make_no_pair_are_counted_in_the_sentence(pair, out) -> None:
    make_vote(*pair, "tie")
    with pytest.raises(CommandError, match=r"left out: tie 1\.$"):
        export(out)


def test_an_unknown_model_is_one_sentence(out) -> None:
    with pytest.raises(CommandError, match="There is no model called zezen"):
        export(out, model="zezen")


def test_a_folder_with_something_in_it_is_not_overwritten(pair, out) -> None:
    make_vote(*pair, "a")
    export(out)
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    make_vote(*pair, "b")
    with pytest.raises(CommandError, match="is there already"):
        export(out)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_nothing_half_written(pair, out, tmp_path) -> None:
    make_vote(*pair, "a", answers=("Bai. " * 20_000, "Ez."))
    with files_no_larger_than(50_000), pytest.raises(CommandError, match=r"could not be written .* Nothing was kept"):
        export(out)
    assert list(tmp_path.iterdir()) == []


def test_parquet_and_json_lines_hold_the_same_rows(pair, out) -> None:
    make_vote(*pair, "a")
    export(out)
    assert pq.read_table(out / "train.parquet").to_pylist() == rows_of(out)


def test_a_later_narrower_consent_leaves_earlier_votes_as_they_were_given(pair, out) -> None:
    vote = make_vote(*pair, "a")
    assert consent_from(vote.battle.participant).train
    assert export(out)["votes"] == [vote.pk]
