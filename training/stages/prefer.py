"""DPO on a contestant's adapter: `python -m training prefer --config FILE` (JSON, see `PreferConfig`).

The loss is TRL's sigmoid DPO against log-probabilities that the parent gives once, before training, with two guards.

Length. R-DPO (Park et al. 2024, arXiv 2403.19159) adds `length_weight` · (|chosen| - |rejected|) inside
the sigmoid. That is the same as DPO with each reference log-probability lowered by `length_weight` / `beta` for every
token of its answer, so that no trainer of our own is needed.

Anchor. A share of plain likelihood of the chosen answers (TRL's loss `sft`), so that their probability rises and not
only that of the rejected ones falls.

Both length terms were measured on the demo models: balanced pairs, rate 3e-4, 48 held-out prompts, one seed each.
Change of the mean answer's length on pairs that prefer long answers / Basque ones (two parents): no term +6 / -2 /
-15 %; R-DPO at 0.05 a token -1 / -6 / -11 %; TRL's `ld_alpha` (arXiv 2409.06411) at 0.5 +10 / -5 / -11 %, at 0 +0 /
-4 / -11 %. Between R-DPO and `ld_alpha` 0 that decides nothing; R-DPO stays, since it still hears what the longer
answer says after the shorter one has ended. Wins were alike with each.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from training.config import RunConfig
from training.corpus.aligned import BrokenData
from training.evaluation.length import balance
from training.evaluation.pairs import Pair, answer_tokens, read_pairs
from training.report import Report
from training.weights import load_model, load_tokenizer

# Parameters below which a model is a toy.
SMALL = 50_000_000


@dataclass(frozen=True, kw_only=True)
class PreferConfig(RunConfig):
    """`out` is the folder of the child's adapter. `rank` is only for a parent without an adapter.

    Without `learning_rate` it follows from the size of the model, see `_rate`.
    """

    learning_rate: float | None = None
    epochs: int = 2
    batch_pairs: int = 8
    beta: float = 0.1
    length_weight: float = 0.05
    anchor: float = 1.0
    rank: int = 16
    # What a page promised before a part was kept for the gate may have shrunk to this.
    minimum_pairs: int = 2
    # A handful of pairs is shown more often, or nothing would move at all.
    least_steps: int = 12


def prefer(config: PreferConfig) -> None:
    """Train the child and write its adapter, whole or not at all. Raises BrokenData for pairs that cannot do."""
    report = Report(Path(config.progress))
    report(stage="reference")
    pairs = read_pairs(Path(config.pairs)).train
    tokenizer = load_tokenizer(config.base)
    balanced = _balance(pairs, tokenizer, config)
    print(f"{len(pairs)} pairs to train on, {len(balanced)} after balancing by length.", flush=True)
    out = Path(config.out)
    unfinished = out.with_name(f".{out.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        trainer = _trainer(config, tokenizer, balanced, unfinished, report)
        _discount_length(trainer, config)
        trainer.train()
        # TRL keeps a frozen copy of the parent under the name "ref".
        trainer.model.save_pretrained(str(unfinished), selected_adapters=["default"])
        shutil.rmtree(out, ignore_errors=True)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


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


def _trainer(config: PreferConfig, tokenizer: Any, pairs: Sequence[Pair], folder: Path, report: Report) -> Any:
    """A DPOTrainer whose reference log-probabilities are computed."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    on_cpu = not torch.cuda.is_available()
    torch.set_num_threads(config.threads)
    model = load_model(config.base, config.adapter, trainable=True)
    rate = config.learning_rate or _rate(model)
    print(f"Learning rate {rate:g} for {model.num_parameters():,} parameters.", flush=True)
    arguments = DPOConfig(
        output_dir=str(folder),
        num_train_epochs=max(config.epochs, ceil(config.least_steps / ceil(len(pairs) / config.batch_pairs))),
        per_device_train_batch_size=config.batch_pairs,
        learning_rate=rate,
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
        model=model,
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


def _rate(model: Any) -> float:
    """Small models need large steps: 2e-5 taught the toys next to nothing, 3e-4 made preferred answers less likely."""
    return 1e-4 if model.num_parameters() < SMALL else 2e-5


def _callback(report: Report) -> Any:
    """Tells `report` how training goes. Its accuracy and margin are TRL's: on trained pairs, length term included."""
    from transformers import TrainerCallback

    class Tell(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.started = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, **about: Any) -> None:
            logs = about["logs"]
            if "loss" not in logs:
                return
            each = (time.monotonic() - self.started) / state.global_step
            report(
                stage="train",
                step=state.global_step,
                steps=state.max_steps,
                loss=float(logs["loss"]),
                accuracy=float(logs["rewards/accuracies"]),
                margin=float(logs["rewards/margins"]),
                seconds_left=round(each * (state.max_steps - state.global_step), 1),
            )

    return Tell()
