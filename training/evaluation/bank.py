"""How well models answer the prompt bank: `python -m training evaluate RECIPE --out DIR`.

A prompt's reference is the answer of the question it is about. Open prompts were trained on, held-out ones are other
wordings of trained questions: they tell whether a toy has understood anything at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arena.datasets.language import detect
from training.corpus.aligned import read_exchanges, read_lines
from training.evaluation.answers import Decoding, answer
from training.evaluation.repetition import repetition

# chrF, 0 to 100: an answer this near to the reference says the same.
MATCH = 60.0


@dataclass(frozen=True)
class BankPrompt:
    text: str
    held_out: bool
    reference: str


@dataclass(frozen=True)
class BankFigures:
    """Shares in 0 to 1, mean length in characters; `open` and `held_out` are shares of matching answers."""

    open: float
    held_out: float
    in_language: float
    repetition: float
    length: float


def read_bank(prompts: Path, questions: Path, language: str) -> list[BankPrompt]:
    answers = {exchange.id: exchange.answer for exchange in read_exchanges(questions, (language,))}
    rows = read_lines(prompts, required=("text", "held_out", "question"))
    return [BankPrompt(row["text"], row["held_out"], answers[row["question"]]) for row in rows]


def bank_figures(bank: Sequence[BankPrompt], answers: Sequence[str], language: str) -> BankFigures:
    from sacrebleu import sentence_chrf

    matches = [sentence_chrf(said, [prompt.reference]).score >= MATCH
               for prompt, said in zip(bank, answers, strict=True)]  # fmt: skip
    return BankFigures(
        open=_share([match for match, prompt in zip(matches, bank, strict=True) if not prompt.held_out]),
        held_out=_share([match for match, prompt in zip(matches, bank, strict=True) if prompt.held_out]),
        in_language=_share([detect(said, content_language=language) == language for said in answers]),
        repetition=sum(map(repetition, answers)) / len(answers),
        length=sum(map(len, answers)) / len(answers),
    )


def answer_bank(model: Any, tokenizer: Any, bank: Sequence[BankPrompt], decoding: Decoding) -> list[str]:
    return answer(model, tokenizer, [prompt.text for prompt in bank], decoding)


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0
