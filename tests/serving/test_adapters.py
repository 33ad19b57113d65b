"""Adapters go into a running engine and out again; those that it cannot take are refused with one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serving.adapters import AdapterRefused, load_adapter, load_missing, served_names, unload_adapter
from serving.models import Engine, LanguageModel
from tests.serving.weights import make_adapter, make_base
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make_base(tmp_path / "base")


@pytest.fixture
def row(engine: StandInEngine, base: Path) -> Engine:
    return Engine.objects.create(name="demo", url=engine.url, managed=True, base_path=str(base), max_lora_rank=16)


def refusal(row: Engine, path: Path) -> str:
    with pytest.raises(AdapterRefused) as caught:
        load_adapter(engine=row, name="child", path=str(path))
    return str(caught.value)


def test_an_adapter_is_served_after_loading_and_gone_after_unloading(row: Engine, base: Path, tmp_path: Path) -> None:
    load_adapter(engine=row, name="child", path=str(make_adapter(tmp_path / "child", base=base)))
    assert served_names(engine=row) == {"child"}
    unload_adapter(engine=row, name="child")
    assert served_names(engine=row) == set()


def test_loading_and_unloading_twice_is_fine(row: Engine, base: Path, tmp_path: Path) -> None:
    path = str(make_adapter(tmp_path / "child", base=base))
    for _ in range(2):
        load_adapter(engine=row, name="child", path=path)
    for _ in range(2):
        unload_adapter(engine=row, name="child")
    assert served_names(engine=row) == set()


def test_an_adapter_of_another_base_is_refused(row: Engine, tmp_path: Path) -> None:
    other = make_base(tmp_path / "other", width=12)
    assert "another base" in refusal(row, make_adapter(tmp_path / "child", base=other, width=12))


def test_an_adapter_whose_layers_do_not_fit_is_refused(row: Engine, tmp_path: Path) -> None:
    assert "another base" in refusal(row, make_adapter(tmp_path / "child", base="/gone", width=12))


def test_an_adapter_made_beside_a_copy_of_the_base_is_taken(row: Engine, tmp_path: Path) -> None:
    copy = make_base(tmp_path / "copy")
    load_adapter(engine=row, name="child", path=str(make_adapter(tmp_path / "child", base=copy)))
    assert served_names(engine=row) == {"child"}


def test_an_adapter_of_too_high_a_rank_is_refused(row: Engine, base: Path, tmp_path: Path) -> None:
    sentence = refusal(row, make_adapter(tmp_path / "child", base=base, rank=32))
    assert "rank 32" in sentence
    assert "at most 16" in sentence


@pytest.mark.parametrize(
    "config", [{"use_dora": True}, {"modules_to_save": ["embed_tokens"]}, {"trainable_token_indices": [1]}]
)
def test_what_vllm_cannot_serve_is_refused(row: Engine, base: Path, tmp_path: Path, config: dict[str, object]) -> None:
    assert refusal(row, make_adapter(tmp_path / "child", base=base, **config)).count(".") >= 1


def test_a_folder_without_an_adapter_is_named(row: Engine, tmp_path: Path) -> None:
    assert refusal(row, tmp_path / "nothing") == f"There is no adapter in {tmp_path / 'nothing'}."


def test_a_broken_configuration_is_named(row: Engine, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{")
    assert "is no JSON" in refusal(row, tmp_path)
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "IA3"}))
    assert "is no LoRA adapter" in refusal(row, tmp_path)


def test_an_engine_that_is_down_is_named(engine: StandInEngine, row: Engine, base: Path, tmp_path: Path) -> None:
    engine.stop()
    sentence = refusal(row, make_adapter(tmp_path / "child", base=base))
    assert sentence == f"The engine demo does not answer at {row.url}."


def test_every_contesting_adapter_that_an_engine_lacks_is_loaded(row: Engine, base: Path, tmp_path: Path) -> None:
    bare = LanguageModel.objects.create(name="bare", kind="base", engine=row, served_name="bare", revision="1")
    for name, state in [("first", "active"), ("second", "active"), ("retired", "retired")]:
        LanguageModel.objects.create(
            name=name, kind="adapter", engine=row, served_name=name, base=bare, revision="1", state=state,
            path=str(make_adapter(tmp_path / name, base=base)),
        )  # fmt: skip
    assert load_missing(engine=row) == []
    assert served_names(engine=row) == {"first", "second"}
