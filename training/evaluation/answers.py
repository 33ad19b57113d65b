"""Lets a model answer prompts, in batches and with fixed seeds, as the engine would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BATCH = 32


@dataclass(frozen=True)
class Decoding:
    """Temperature 0 is greedy."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 96


def answer(
    model: Any, tokenizer: Any, prompts: Sequence[str], decoding: Decoding, *, system_prompt: str = "", seed: int = 0
) -> list[str]:
    """One answer for each prompt, each prompt a conversation of its own."""
    import torch

    model.eval()
    torch.manual_seed(seed)
    answers: list[str] = []
    for start in range(0, len(prompts), BATCH):
        answers += _answer_batch(model, tokenizer, prompts[start : start + BATCH], decoding, system_prompt)
    return answers


def _answer_batch(
    model: Any, tokenizer: Any, prompts: Sequence[str], decoding: Decoding, system_prompt: str
) -> list[str]:
    system = [{"role": "system", "content": system_prompt}] if system_prompt else []
    conversations = [[*system, {"role": "user", "content": prompt}] for prompt in prompts]
    encoded = tokenizer.apply_chat_template(
        conversations, add_generation_prompt=True, return_dict=True, return_tensors="pt", padding=True,
        tokenizer_kwargs={"padding_side": "left"},
    ).to(model.device)  # fmt: skip
    sampling = (
        {"do_sample": True, "temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": 0}
        if decoding.temperature
        else {"do_sample": False}
    )
    generated = model.generate(
        input_ids=encoded["input_ids"],
        attention_mask=encoded["attention_mask"],
        max_new_tokens=decoding.max_tokens,
        pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
        **sampling,
    )
    said = generated[:, encoded["input_ids"].shape[1] :]
    return [text.strip() for text in tokenizer.batch_decode(said, skip_special_tokens=True)]
