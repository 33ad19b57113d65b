"""The demo text itself: whole, aligned, without doubles, and its held-out prompts in no training text."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from arena.models.prompts import prompt_hash
from training.corpus.aligned import is_held_out

DEMO = Path(__file__).resolve().parent.parent.parent / "fixtures" / "demo"


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / name).read_text(encoding="utf-8").splitlines()]


QUESTIONS, TEXT, PROMPTS = rows("questions.jsonl"), rows("text.jsonl"), rows("prompts.jsonl")
WORDINGS = [text for row in QUESTIONS for language in ("eu", "en") for text in row[language]["questions"]]


def test_there_is_as_much_text_as_promised() -> None:
    assert len(QUESTIONS) >= 400
    assert len(TEXT) >= 1500
    assert len(PROMPTS) >= 120
    assert sum(row["held_out"] for row in PROMPTS) >= 40
    assert len({row["category"] for row in PROMPTS}) == 8


def test_every_question_and_sentence_stands_in_both_languages() -> None:
    assert all(row[language]["questions"] and row[language]["answer"] for row in QUESTIONS for language in ("eu", "en"))
    assert all(row["eu"].strip() and row["en"].strip() for row in TEXT)


def test_no_question_answer_sentence_or_prompt_stands_twice() -> None:
    answers = [row[language]["answer"] for row in QUESTIONS for language in ("eu", "en")]
    sentences = [row[language] for row in TEXT for language in ("eu", "en")]
    for texts in (WORDINGS, answers, sentences, [row["text"] for row in PROMPTS]):
        doubles = [text for text, number in Counter(map(prompt_hash, texts)).items() if number > 1]
        assert not doubles


def test_an_open_prompt_is_one_of_the_trained_wordings() -> None:
    trained = {row["id"]: row["eu"]["questions"] for row in QUESTIONS}
    assert all(row["text"] in trained[row["question"]] for row in PROMPTS if not row["held_out"])


def test_a_held_out_prompt_stands_in_no_training_text() -> None:
    held_out = {prompt_hash(row["text"]) for row in PROMPTS if row["held_out"]}
    answers = [row[language]["answer"] for row in QUESTIONS for language in ("eu", "en")]
    sentences = [row[language] for row in TEXT for language in ("eu", "en")]
    assert not held_out & {prompt_hash(text) for text in [*WORDINGS, *answers, *sentences]}


def test_a_tenth_of_the_documents_is_held_out() -> None:
    documents = {row["document"] for row in TEXT}
    assert 0.05 < sum(is_held_out(name, 0.1) for name in documents) / len(documents) < 0.15
