"""Folders that look like weights and adapters: real headers, no numbers. Quick, and enough for every check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LAYER = "model.layers.0.self_attn.q_proj"


def write_tensors(file: Path, shapes: dict[str, list[int]]) -> None:
    """A safetensors file with tensors of zeros."""
    header, offset = {}, 0
    for name, shape in shapes.items():
        size = 4 * shape[0] * shape[1]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    head = json.dumps(header).encode()
    file.write_bytes(len(head).to_bytes(8, "little") + head + bytes(offset))


def make_base(folder: Path, *, width: int = 8) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"hidden_size": width}))
    write_tensors(folder / "model.safetensors", {f"{LAYER}.weight": [width, width]})
    return folder


def make_adapter(folder: Path, *, base: Path | str, width: int = 8, rank: int = 8, **config: Any) -> Path:
    """An adapter on `base`; `config` adds to its adapter_config.json."""
    folder.mkdir(parents=True)
    values = {"peft_type": "LORA", "base_model_name_or_path": str(base), "r": rank, **config}
    (folder / "adapter_config.json").write_text(json.dumps(values))
    name = f"base_model.model.{LAYER}.lora_"
    write_tensors(
        folder / "adapter_model.safetensors", {f"{name}A.weight": [rank, width], f"{name}B.weight": [width, rank]}
    )
    return folder
