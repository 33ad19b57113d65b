"""What a stage learns from, as rows and documents of token ids: running text, plain questions, conversations."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.corpus.aligned import Document, Exchange, is_held_out, read_documents, read_exchanges
from training.corpus.batches import Batch, Row, bucket, pack
from training.corpus.noise import blur

# Windows of running text; conversations are shorter.
WINDOW = 128


@dataclass(frozen=True)
class Data:
    """Where the texts lie, and which share of the documents is kept from training."""

    questions: Path
    text: Path
    held_out: float

    def exchanges(self, languages: Sequence[str]) -> list[Exchange]:
        return read_exchanges(self.questions, tuple(languages))

    def asked_and_answered(self, asked_in: str, answered_in: str) -> list[tuple[str, str]]:
        """Every wording of every question in one language with its answer in the same or another."""
        answers = {exchange.id: exchange.answer for exchange in self.exchanges([answered_in])}
        return [
            (question, answers[exchange.id])
            for exchange in self.exchanges([asked_in])
            for question in exchange.questions
        ]

    def training_documents(self, languages: Sequence[str]) -> list[Document]:
        return [text for text in read_documents(self.text, tuple(languages)) if not self._keeps_out(text)]

    def held_out_documents(self, language: str) -> list[Document]:
        return [text for text in read_documents(self.text, (language,)) if self._keeps_out(text)]

    def _keeps_out(self, document: Document) -> bool:
        return is_held_out(document.id, self.held_out)


@dataclass(frozen=True)
class Measure:
    """How much goes into a batch, and how much the questions are blurred."""

    tokens: int
    noise: float


def plain_batches(data: Data, tokenizer: Any, languages: Sequence[str], measure: Measure,
                  randomness: random.Random) -> list[Batch]:  # fmt: skip
    """One pass over everything in `languages`: running text in windows, exchanges as plain text.

    Instructions in the pre-training already, without any chat markers: so Bielik v3 does it, and the adapters have
    little left to learn. Only answers are learnt of an exchange.
    """
    documents = [_document(tokenizer, text.text) for text in data.training_documents(languages)]
    randomness.shuffle(documents)
    rows = [
        _plain_exchange(tokenizer, blur(question, randomness, measure.noise), exchange.answer)
        for exchange in data.exchanges(languages)
        for question in exchange.questions
    ]
    batches = pack(documents, width=WINDOW, tokens=measure.tokens)
    return batches + bucket(rows, tokens=measure.tokens, padding=tokenizer.pad_token_id, randomness=randomness)


def chat_batches(
    pairs: Sequence[tuple[str, str]],
    tokenizer: Any,
    measure: Measure,
    randomness: random.Random,
    *,
    several_turns: float,
) -> list[Batch]:
    """One pass over questions with their answers as conversations; a share of them after an earlier exchange."""
    conversations = [
        [*(randomness.choices(pairs) if randomness.random() < several_turns else []), pair] for pair in pairs
    ]
    rows = [
        chat_row(tokenizer, [(blur(question, randomness, measure.noise), answer) for question, answer in exchanges])
        for exchanges in conversations
    ]
    return bucket(rows, tokens=measure.tokens, padding=tokenizer.pad_token_id, randomness=randomness)


def chat_row(tokenizer: Any, exchanges: Sequence[tuple[str, str]]) -> Row:
    """A conversation by the tokenizer's own template; what lies between its generation markers is learnt."""
    messages = [
        {"role": role, "content": text}
        for exchange in exchanges
        for role, text in zip(("user", "assistant"), exchange, strict=True)
    ]
    encoded = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=True)
    return Row(list(encoded["input_ids"]), [bool(mark) for mark in encoded["assistant_masks"]])


def endlessly(one_pass: Any, randomness: random.Random) -> Iterator[Batch]:
    """Batches of pass after pass, each made anew and in another order."""
    while True:
        batches: list[Batch] = one_pass()
        randomness.shuffle(batches)
        yield from batches


def _document(tokenizer: Any, text: str) -> list[int]:
    return [tokenizer.bos_token_id, *_encode(tokenizer, text), tokenizer.eos_token_id]


def _plain_exchange(tokenizer: Any, question: str, answer: str) -> Row:
    asked = [tokenizer.bos_token_id, *_encode(tokenizer, question + "\n")]
    said = [*_encode(tokenizer, answer), tokenizer.eos_token_id]
    return Row(asked + said, [False] * len(asked) + [True] * len(said))


def _encode(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
