"""Measures parent and child for the gate: `python -m training gate --config FILE` (JSON, see `GateConfig`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arena.datasets.language import detect
from training.config import RunConfig
from training.corpus.aligned import is_held_out, read_documents, read_lines
from training.evaluation.answers import Decoding, answer
from training.evaluation.bits_per_byte import bits_per_byte
from training.evaluation.pairs import Pair, answer_tokens, log_probabilities, read_pairs
from training.evaluation.repetition import repetition
from training.gate import Figures, Verdict, judge
from training.report import Report
from training.weights import load_model, load_tokenizer

# Fewer held-out pairs say nothing about an accuracy.
LEAST_PAIRS = 8


@dataclass(frozen=True, kw_only=True)
class GateConfig(RunConfig):
    """`child` is the child's adapter, `prompts` a file of held-out prompts, `out` the file for the verdict.

    `text` is running text of which the share `text_held_out`, as in the recipe, was kept from training.
    """

    child: str
    prompts: str
    text: str
    text_held_out: float


@dataclass(frozen=True)
class Measured:
    """`log_probabilities` are those of the held-out pairs' chosen and rejected answers."""

    figures: Figures
    answers: list[str]
    log_probabilities: list[tuple[float, float]]


def gate(config: GateConfig) -> Verdict:
    """Measure both, judge, and write the verdict and, beside it, what they answered."""
    import torch

    torch.set_num_threads(config.threads)
    tokenizer = load_tokenizer(config.base)
    prompts = [row["text"] for row in read_lines(Path(config.prompts), required=("text",))]
    pairs = read_pairs(Path(config.pairs)).held_out
    report = Report(Path(config.progress))
    report(stage="gate", step=0, steps=2)
    parent = _measure(config, config.adapter, tokenizer, prompts, pairs)
    report(stage="gate", step=1, steps=2)
    child = _measure(config, config.child, tokenizer, prompts, pairs)
    verdict = judge(parent.figures, child.figures, reward_accuracy=reward_accuracy(parent, child))
    out = Path(config.out)
    rows = [
        {"prompt": prompt, "parent": first, "child": second}
        for prompt, first, second in zip(prompts, parent.answers, child.answers, strict=True)
    ]
    _write(out.with_name("answers.jsonl"), "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    _write(out, json.dumps(asdict(verdict), indent=2))
    return verdict


def reward_accuracy(parent: Measured, child: Measured) -> float | None:
    """Share of held-out pairs whose preferred answer gained more likelihood from parent to child than the other."""
    gains = [
        (new[0] - old[0]) - (new[1] - old[1])
        for old, new in zip(parent.log_probabilities, child.log_probabilities, strict=True)
    ]
    return sum(gain > 0 for gain in gains) / len(gains) if len(gains) >= LEAST_PAIRS else None


def _measure(
    config: GateConfig, adapter: str, tokenizer: Any, prompts: Sequence[str], pairs: Sequence[Pair]
) -> Measured:
    model = load_model(config.base, adapter)
    decoding = Decoding(config.temperature, config.top_p, config.max_tokens)
    answers = answer(model, tokenizer, prompts, decoding, system_prompt=config.system_prompt, seed=config.seed)
    said = [text for text in answers if text]
    chosen, rejected = (
        log_probabilities(
            model,
            [answer_tokens(tokenizer, pair.prompt, getattr(pair, side)) for pair in pairs],
            tokenizer.pad_token_id,
        )
        for side in ("chosen", "rejected")
    )
    figures = Figures(
        bits_per_byte=_bits_per_byte(config, model, tokenizer),
        length=_mean([len(text) for text in answers]),
        repetition=_mean([repetition(text) for text in said]),
        other_language=_mean([_is_other(text, config.language) for text in said]),
        chosen_log_probability=_mean(chosen) if len(chosen) >= LEAST_PAIRS else None,
    )
    print(f"{adapter or config.base}: {figures}", flush=True)
    return Measured(figures, answers, list(zip(chosen, rejected, strict=True)))


def _bits_per_byte(config: GateConfig, model: Any, tokenizer: Any) -> float | None:
    """None where there is no held-out text in the language."""
    language = config.language.split("-")[0]
    rows = read_lines(Path(config.text), required=("document",))
    if any(language not in row for row in rows):
        return None
    documents = read_documents(Path(config.text), (language,))
    held_out = [document.text for document in documents if is_held_out(document.id, config.text_held_out)]
    return bits_per_byte(model, tokenizer, held_out) if held_out else None


def _is_other(text: str, language: str) -> bool:
    found = detect(text, content_language=language)
    return bool(found) and found != language.split("-")[0]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
