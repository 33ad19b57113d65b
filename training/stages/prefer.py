"""DPO on a contestant's adapter: `python -m training prefer --config FILE` (JSON, see `PreferConfig`).

The loss is TRL's sigmoid DPO against log-probabilities that the parent gives once, before training, with two guards.

Length. R-DPO (Park et al. 2024, arXiv 2403.19159, equation 7) adds `length_weight` · (|chosen| - |rejected|) inside
the sigmoid. That is the same as DPO with each reference log-probability lowered by `length_weight` / `beta` for every
token of its answer, so that no trainer of our own is needed.

Anchor. A share of plain likelihood of the chosen answers (TRL's loss `sft`), so that their probability rises and not
only that of the rejected ones falls.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.config import RunConfig
from training.corpus.aligned import BrokenData
from training.evaluation.length import balance
from training.evaluation.pairs import Pair, answer_tokens, read_pairs
from training.weights import load_model, load_tokenizer


@dataclass(frozen=True, kw_only=True)
class PreferConfig(RunConfig):
    """`out` is the folder of the child's adapter. `rank` is only for a parent without an adapter."""

    learning_rate: float = 2e-5
    epochs: int = 2
    batch_pairs: int = 8
    beta: float = 0.1
    length_weight: float = 0.05
    anchor: float = 0.2
    rank: int = 16
    minimum_pairs: int = 16


def prefer(config: PreferConfig) -> dict[str, Any]:
    """Train the child and write its adapter, whole or not at all. Raises BrokenData for pairs that cannot do."""
    report = _Report(Path(config.progress))
    report({"stage": "reference", "step": 0})
    tokenizer = load_tokenizer(config.base)
    pairs = read_pairs(Path(config.pairs)).train
    balanced = _balance(pairs, tokenizer, config)
    print(f"{len(pairs)} pairs to train on, {len(balanced)} after balancing by length.", flush=True)
    trainer = _trainer(config, tokenizer, balanced, report)
    _discount_length(trainer, config)
    trainer.train()
    _save(trainer.model, Path(config.out))
    return dict(trainer.state.log_history[-1])


def _balance(pairs: Sequence[Pair], tokenizer: Any, config: PreferConfig) -> list[Pair]:
    longer_by = [_length(tokenizer, pair.prompt, pair.chosen) - _length(tokenizer, pair.prompt, pair.rejected)
                 for pair in pairs]  # fmt: skip
    balanced = balance(pairs, longer_by, random.Random(config.seed))
    if len(balanced) < config.minimum_pairs:
        raise BrokenData(
            f"Only {len(balanced)} of {len(pairs)} pairs are left when preferred ones are as often longer as shorter; "
            f"training needs {config.minimum_pairs}."
        )
    return balanced


def _length(tokenizer: Any, prompt: list[dict[str, str]], said: list[dict[str, str]]) -> int:
    return sum(answer_tokens(tokenizer, prompt, said).learnt)


def _trainer(config: PreferConfig, tokenizer: Any, pairs: Sequence[Pair], report: _Report) -> Any:
    """A DPOTrainer whose reference log-probabilities are computed."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import DPOConfig, DPOTrainer

    on_cpu = not torch.cuda.is_available()
    torch.set_num_threads(config.threads)
    arguments = DPOConfig(
        output_dir=config.out,
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_pairs,
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0.1,
        beta=config.beta,
        loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, config.anchor],
        precompute_ref_log_probs=True,
        max_length=tokenizer.model_max_length if tokenizer.model_max_length < 10**6 else 2048,
        use_cpu=on_cpu,
        bf16=True,
        gradient_checkpointing=not on_cpu,
        seed=config.seed,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=not on_cpu,
    )
    lora = LoraConfig(r=config.rank, lora_alpha=2 * config.rank, target_modules="all-linear", task_type="CAUSAL_LM")
    rows = [{"prompt": pair.prompt, "chosen": pair.chosen, "rejected": pair.rejected} for pair in pairs]
    trainer = DPOTrainer(
        model=load_model(config.base, config.adapter, trainable=True),
        args=arguments,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        peft_config=None if config.adapter else lora,
        callbacks=[_callback(report)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _discount_length(trainer: Any, config: PreferConfig) -> None:
    """Lower every reference log-probability by the length of its answer: see the module's docstring."""
    each = config.length_weight / config.beta

    def lower(row: dict[str, Any]) -> dict[str, float]:
        return {f"ref_{side}_logps": row[f"ref_{side}_logps"] - each * len(row[f"{side}_ids"])
                for side in ("chosen", "rejected")}  # fmt: skip

    trainer.train_dataset = trainer.train_dataset.map(lower)


def _save(model: Any, out: Path) -> None:
    """The adapter alone, in a folder that gets its name when all of it is on disk."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        # TRL keeps a frozen copy of the parent under the name "ref".
        model.save_pretrained(unfinished, selected_adapters=["default"])
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(out, ignore_errors=True)
    unfinished.rename(out)


class _Report:
    """Adds lines to the progress file; each is on disk before training goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _callback(report: _Report) -> Any:
    """Tells `report` how training goes. Its accuracy and margin are TRL's: on trained pairs, length term included."""
    from transformers import TrainerCallback

    class Tell(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.started = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **_: Any) -> None:
            if "loss" not in logs:
                return
            each = (time.monotonic() - self.started) / state.global_step
            line = {
                "stage": "train",
                "step": state.global_step,
                "steps": state.max_steps,
                "loss": float(logs["loss"]),
                "accuracy": float(logs["rewards/accuracies"]),
                "margin": float(logs["rewards/margins"]),
                "seconds_left": round(each * (state.max_steps - state.global_step), 1),
            }
            report(line)
            print(json.dumps(line), flush=True)

    return Tell()
