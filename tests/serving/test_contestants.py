"""The contestants file: what it says is entered, and every fault is one sentence that names the table and the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from serving.models import Engine, LanguageModel
from tests.serving.weights import make_adapter, make_base

pytestmark = pytest.mark.django_db

ENGINE = '[[engines]]\nname = "demo"\nbase = "base"\nmax_lora_rank = 16\n'
BARE = '[[models]]\nname = "bare"\ntitle = "Bare"\nkind = "base"\nengine = "demo"\n'
CHILD = '[[models]]\nname = "child"\ntitle = "Child"\nkind = "adapter"\nengine = "demo"\npath = "child"\n'
ELSEWHERE = '[[engines]]\nname = "far"\nurl = "https://far.example/v1"\nkey_variable = "FAR_KEY"\n'
REMOTE = '[[models]]\nname = "remote"\ntitle = "Remote"\nkind = "remote"\nengine = "far"\nserved_name = "big-one"\n'


@pytest.fixture(autouse=True)
def weights(tmp_path: Path) -> None:
    base = make_base(tmp_path / "base")
    make_adapter(tmp_path / "child", base=base)
    make_adapter(tmp_path / "wide", base="/gone", width=12)
    make_adapter(tmp_path / "high", base=base, rank=32)


def enter(folder: Path, text: str) -> None:
    file = folder / "contestants.toml"
    file.write_text(text)
    call_command("enter_contestants", str(file))


def fault(folder: Path, text: str) -> str:
    with pytest.raises(CommandError) as caught:
        enter(folder, text)
    assert caught.value.returncode == 2
    assert not LanguageModel.objects.exists()
    return str(caught.value)


def test_engines_and_models_are_entered_with_their_revisions(tmp_path: Path) -> None:
    enter(tmp_path, ENGINE + BARE + CHILD)
    child = LanguageModel.objects.get(name="child")
    assert child.base == LanguageModel.objects.get(name="bare")
    assert child.path == str(tmp_path / "child")
    assert len(child.revision) == 64
    assert child.engine.managed
    assert child.engine.base_path == str(tmp_path / "base")


def test_entering_twice_changes_nothing(tmp_path: Path) -> None:
    enter(tmp_path, ENGINE + BARE + CHILD)
    before = list(LanguageModel.objects.order_by("id").values())
    enter(tmp_path, ENGINE + BARE + CHILD)
    assert list(LanguageModel.objects.order_by("id").values()) == before


def test_a_retired_model_stays_retired(tmp_path: Path) -> None:
    enter(tmp_path, ENGINE + BARE)
    LanguageModel.objects.update(state="retired")
    enter(tmp_path, ENGINE + BARE)
    assert LanguageModel.objects.get().state == "retired"


def test_other_weights_in_the_same_folder_are_another_revision(tmp_path: Path) -> None:
    enter(tmp_path, ENGINE + BARE)
    before = LanguageModel.objects.get().revision
    weights = tmp_path / "base" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    enter(tmp_path, ENGINE + BARE)
    assert LanguageModel.objects.get().revision != before


def test_a_remote_model_keeps_the_name_of_its_key_and_never_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_KEY", "sesame")
    enter(tmp_path, ELSEWHERE + REMOTE)
    engine = Engine.objects.get()
    assert (engine.key_variable, engine.managed) == ("FAR_KEY", False)
    assert LanguageModel.objects.get().served_name == "big-one"
    assert "sesame" not in str(Engine.objects.values()) + str(LanguageModel.objects.values())


def test_every_engine_of_ours_gets_a_port_of_its_own(tmp_path: Path) -> None:
    second = ENGINE.replace("demo", "second") + BARE.replace("demo", "second").replace("bare", "other")
    enter(tmp_path, ENGINE + BARE + second)
    assert len(set(Engine.objects.values_list("url", flat=True))) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = [", "is not valid TOML"),
        ("colour = 1\n", "there is no key 'colour'; the keys are engines, models."),
        (BARE, "there is no table [[engines]]."),
        (ENGINE, "there is no table [[models]]."),
        ("engines = 3\n", "write each of 'engines' as a table"),
        (ENGINE + BARE + "colour = 1\n", "[[models]] 'bare': there is no key 'colour'"),
        (ENGINE + 'colour = "red"\n' + BARE, "[[engines]] 'demo': there is no key 'colour'"),
        (ENGINE + BARE.replace('title = "Bare"\n', ""), "[[models]] 'bare': the key 'title' is missing."),
        (ENGINE + BARE.replace('name = "bare"\n', ""), "[[models]] number 1: the key 'name' is missing."),
        (ENGINE + BARE.replace('"Bare"', "3"), "[[models]] 'bare': 'title' must be a text."),
        (ENGINE + BARE + "parameters = true\n", "'parameters' must be a whole number."),
        (ENGINE + "arguments = [1]\n" + BARE, "'arguments' must be a list of texts."),
        (ENGINE + BARE + BARE, "[[models]] 'bare': there are two tables with this 'name'."),
        (ENGINE + ENGINE + BARE, "[[engines]] 'demo': there are two tables with this 'name'."),
        (ENGINE + BARE.replace('"bare"', '"Bare!"'), "'name' must be of lower-case letters"),
        (ENGINE + BARE.replace('"demo"', '"nope"'), "'engine': there is no engine 'nope' in this file."),
        (ENGINE + BARE.replace('"base"', '"big"'), "'kind' must be one of base, adapter, remote."),
        (ENGINE.replace('"base"', '"nowhere"') + BARE, "[[engines]] 'demo': 'base': there is no folder"),
        (ENGINE.replace('base = "base"\n', "") + BARE, "give 'base' (the weights to serve) or 'url'"),
        (ENGINE.replace("16", "17") + BARE, "'max_lora_rank' must be one of 0, 1, 8"),
        (ENGINE + CHILD, "the engine 'demo' has no model of kind base for this adapter."),
        (ENGINE + BARE + CHILD.replace('path = "child"\n', ""), "the key 'path' is missing"),
        (ENGINE + BARE + CHILD.replace('"child"\n', '"nowhere"\n'), "'path': there is no folder"),
        (ENGINE + BARE + CHILD.replace('path = "child"', 'path = "wide"'), "was made for another base"),
        (ENGINE + BARE + CHILD.replace('path = "child"', 'path = "high"'), "has rank 32"),
        (ENGINE + BARE + BARE.replace("bare", "other"), "the engine 'demo' has another base model already."),
        (ENGINE + BARE + "temperature = 9\n", "'temperature' must be in 0 to 2"),
        (ELSEWHERE + REMOTE, "'key_variable' names FAR_KEY, which is not set in the environment."),
        (ELSEWHERE.replace("https", "ftp") + REMOTE, "'url' must begin with http:// or https://."),
        (ENGINE + REMOTE.replace("far", "demo"), "only for an engine with 'url'."),
    ],
)  # fmt: skip
def test_every_fault_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    said = fault(tmp_path, text)
    assert sentence in said
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.toml cannot be read"):
        call_command("enter_contestants", str(tmp_path / "nowhere.toml"))
