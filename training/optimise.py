"""The bare training loop that every language-modelling stage of ours shares.

A bare loop and not `trl.SFTTrainer`: on a CPU that one scores every position of every prompt and is half as fast.
The output layer here is only computed where something is learnt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from training.corpus.batches import IGNORED, Batch

# Called with the part that is done, in 0 to 1, and the loss.
Report = Callable[[float, float], None]

WARM_UP_STEPS = 20
# The rate falls in a straight line to this part of the highest.
LAST_RATE = 0.02
CLIP = 1.0
SMOOTHING = 0.95


@dataclass(frozen=True)
class Trained:
    """What a stage of training came to; `loss` is a moving average in nats per learnt token."""

    steps: int
    tokens: int
    loss: float
    tokens_per_second: float


def device() -> Any:
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def optimise(model: Any, batches: Iterator[Batch], *, tokens: int, learning_rate: float, report: Report) -> Trained:
    """Train those parameters of `model` that want a gradient, in place, on `tokens` tokens, padding counted."""
    import torch

    place = device()
    model.to(place).train()
    body, head = _body_and_head(model)
    if place.type == "cpu":
        # Measured on two cores: the backward pass of the fused attention took more than half of the whole one.
        body.set_attn_implementation("eager")
    optimisers = _optimisers(model, learning_rate)
    started, seen, steps, average = time.monotonic(), 0, 0, 0.0
    while seen < tokens:
        batch = next(batches)
        _set_rate(optimisers, learning_rate * min((steps + 1) / WARM_UP_STEPS, max(1 - seen / tokens, LAST_RATE)))
        ids, labels = batch.ids.to(place), batch.labels.to(place)
        learnt = labels != IGNORED
        with torch.autocast(place.type, torch.bfloat16):
            states = body(input_ids=ids).last_hidden_state
            logits = head(states[learnt])
        loss = torch.nn.functional.cross_entropy(logits.float(), labels[learnt])
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        seen, steps = seen + ids.numel(), steps + 1
        value = float(loss.detach())
        average = value if steps == 1 else SMOOTHING * average + (1 - SMOOTHING) * value
        report(min(1.0, seen / tokens), average)
    return Trained(steps, seen, average, seen / (time.monotonic() - started))


def _body_and_head(model: Any) -> tuple[Any, Any]:
    """The layers up to the last hidden state, and the output layer; the same with LoRA around them."""
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    return inner.model, inner.lm_head


def _optimisers(model: Any, rate: float) -> list[Any]:
    """Muon for the matrices of the layers, AdamW for the rest.

    With the few hundred steps there is time for, Muon (Jordan et al. 2024) needs about half as many as AdamW.
    """
    import torch

    wanted = [(name, value) for name, value in model.named_parameters() if value.requires_grad]
    matrices = [value for name, value in wanted if value.ndim == 2 and "embed" not in name and "lora" not in name]
    others = [value for name, value in wanted if all(value is not matrix for matrix in matrices)]
    adam = torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    if not matrices:
        return [adam]
    return [torch.optim.Muon(matrices, lr=rate, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"), adam]


def _set_rate(optimisers: list[Any], rate: float) -> None:
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate
