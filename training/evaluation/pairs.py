"""Preference pairs from an export's folder, and the log-probabilities a model gives to their answers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.corpus.aligned import BrokenData, read_lines
from training.corpus.batches import IGNORED, Row, collate

Messages = list[dict[str, str]]

# Of the training split, so much is kept for the gate's reward accuracy, whole prompts at a time.
KEPT_FOR_THE_GATE = 0.1
BATCH = 8


@dataclass(frozen=True)
class Pair:
    """A conversation, and the answer to it that was preferred to another."""

    prompt: Messages
    chosen: Messages
    rejected: Messages


@dataclass(frozen=True)
class Pairs:
    """`train` is learnt from; the prompts of `held_out` are in no training."""

    train: list[Pair]
    held_out: list[Pair]


def read_pairs(folder: Path) -> Pairs:
    """The splits `train` and `test` of an export in JSON Lines. Raises BrokenData."""
    train = _read_split(folder / "train.jsonl")
    test = _read_split(folder / "test.jsonl") if (folder / "test.jsonl").exists() else []
    return Pairs(
        train=[pair for pair in train if not _is_kept(pair)],
        held_out=[*(pair for pair in train if _is_kept(pair)), *test],
    )


def _read_split(path: Path) -> list[Pair]:
    return [
        Pair(*(_messages(row[key], path, number) for key in ("prompt", "chosen", "rejected")))
        for number, row in enumerate(read_lines(path, required=("prompt", "chosen", "rejected")), start=1)
    ]


def _messages(value: Any, path: Path, number: int) -> Messages:
    if (
        not isinstance(value, list)
        or not value
        or not all(
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), str)
            for message in value
        )
    ):
        raise BrokenData(f"{path}, line {number}: a conversation is a list of messages with role and content.")
    return [{"role": message["role"], "content": message["content"]} for message in value]


def _is_kept(pair: Pair) -> bool:
    text = "\n".join(message["content"] for message in pair.prompt)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) < KEPT_FOR_THE_GATE * 2**32


def answer_tokens(tokenizer: Any, prompt: Messages, said: Messages) -> Row:
    """The whole conversation's ids; only the answer counts."""
    asked = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=True)["input_ids"]
    whole = tokenizer.apply_chat_template([*prompt, *said], return_dict=True)["input_ids"]
    assert list(whole[: len(asked)]) == list(asked), "the chat template must not rewrite the prompt"
    return Row(list(whole), [False] * len(asked) + [True] * (len(whole) - len(asked)))


def log_probabilities(model: Any, rows: Sequence[Row], padding: int) -> list[float]:
    """Log-probability (nats) of each row's answer, summed over its tokens."""
    import torch

    model.eval()
    sums: list[float] = []
    for start in range(0, len(rows), BATCH):
        batch = collate(rows[start : start + BATCH], padding)
        labels = batch.labels.to(model.device)
        with torch.no_grad():
            logits = model(input_ids=batch.ids.to(model.device)).logits.float()
        losses = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
        )
        sums += (-losses.sum(dim=1)).tolist()
    return sums
