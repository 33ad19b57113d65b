"""Loads a base with an adapter on it, or without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.config import ConfigError


def load_tokenizer(base: str) -> Any:
    from transformers import AutoTokenizer

    _check_folder(base)
    tokenizer = AutoTokenizer.from_pretrained(base)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(base: str, adapter: str, *, trainable: bool = False) -> Any:
    """A model on this machine's fastest device. Raises ConfigError where there are no weights."""
    from transformers import AutoModelForCausalLM

    from training.optimise import device

    _check_folder(base)
    model: Any = AutoModelForCausalLM.from_pretrained(base)
    if adapter:
        from peft import PeftModel

        _check_folder(adapter)
        model = PeftModel.from_pretrained(model, adapter, is_trainable=trainable)
    return model.to(device())


def _check_folder(name: str) -> None:
    """A local path must exist; anything else is a hub name."""
    if name.startswith(("/", ".")) and not Path(name).is_dir():
        raise ConfigError(f"There are no weights in {name}.")
