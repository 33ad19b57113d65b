"""The tokenizer of a recipe and its chat template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.corpus.material import chat_row

pytestmark = pytest.mark.training

CHAT = [
    {"role": "user", "content": "Kaixo!"},
    {"role": "assistant", "content": "Egun on."},
    {"role": "user", "content": "Zer moduz?"},
]


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny / "basque")


@pytest.mark.parametrize(
    "text", ["Kaixo, zer moduz?", "«Egun on», esan zuen.\nBai!", "ñ ü བོད་ཡིག ئۇيغۇر 🎉", "  two  spaces "]
)
def test_every_text_comes_back_as_it_was(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_a_conversation_reads_as_its_template_says(tokenizer: Any) -> None:
    said = tokenizer.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    assert said == ("<|begin|><|user|>Kaixo!<|end|><|assistant|>Egun on.<|end|><|user|>Zer moduz?<|end|><|assistant|>")


def test_only_answers_and_their_end_are_learnt(tokenizer: Any) -> None:
    row = chat_row(tokenizer, [("Kaixo!", "Egun on."), ("Zer moduz?", "Ondo.")])
    learnt = [token for token, wanted in zip(row.ids, row.learnt, strict=True) if wanted]
    assert tokenizer.decode(learnt) == "Egun on.<|end|>Ondo.<|end|>"
