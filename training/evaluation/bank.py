"""How well the contestants of a finished recipe answer the prompt bank: `python -m training evaluate DIR`.

A prompt's reference is the answer of the question it is about. Open prompts were trained on, held-out ones are other
wordings of trained questions: they tell whether a toy has understood anything at all.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from arena.datasets.language import detect
from training.corpus.aligned import BrokenData, read_exchanges, read_lines
from training.evaluation.answers import Decoding, answer
from training.evaluation.repetition import repetition
from training.weights import load_model, load_tokenizer

DEMO = Path(__file__).resolve().parent.parent.parent / "fixtures" / "demo"
LANGUAGE = "eu"
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


def evaluate(folder: Path) -> None:
    """Print and write `evaluation.json`: figures of greedy answers of every model of the demo."""
    bank = read_bank(DEMO / "prompts.jsonl", DEMO / "questions.jsonl", LANGUAGE)
    figures = {}
    for name, base, adapter, most in _contestants(folder):
        answers = answer(
            load_model(base, adapter), load_tokenizer(base), [prompt.text for prompt in bank], Decoding(max_tokens=most)
        )
        figures[name] = asdict(bank_figures(bank, answers, LANGUAGE))
        print(f"{name:12}", "  ".join(f"{key} {value:.3g}" for key, value in figures[name].items()), flush=True)
    (folder / "evaluation.json").write_text(json.dumps(figures, indent=2))


def _contestants(folder: Path) -> Iterator[tuple[str, str, str, int]]:
    """Name, folders of base and adapter, and most tokens of an answer, of each model in the contestants file."""
    try:
        file = tomllib.loads((folder / "contestants.toml").read_text(encoding="utf-8"))
    except OSError as error:
        raise BrokenData(f"There is no finished recipe in {folder}.") from error
    bases = {engine["name"]: str(folder / engine["base"]) for engine in file["engines"]}
    for model in file["models"]:
        adapter = str(folder / model["path"]) if "path" in model else ""
        yield model["name"], bases[model["engine"]], adapter, model["max_tokens"]


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0
