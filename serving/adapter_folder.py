"""Whether a folder holds a LoRA adapter that an engine can take, told before the engine is asked.

vLLM answers most of these faults with HTTP 500 or dies at its start; here each is one sentence.
"""

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from serving.revision import folder_revision


class AdapterRefused(Exception):
    """Why an adapter cannot be loaded, as one sentence."""


def check_adapter(folder: str, *, base: str, max_rank: int) -> None:
    """Raise AdapterRefused unless `folder` holds a plain LoRA adapter of at most `max_rank` on `base`.

    `base` is a local folder or a hub name. Where the adapter's own note of its base is a folder that has
    gone, or one of the two is a hub name and the other a folder, only the shapes are compared.
    """
    config = _read_config(folder)
    rank = max([config.get("r", 0), *config.get("rank_pattern", {}).values()])
    if config.get("use_dora"):
        raise AdapterRefused(_("The adapter in %(folder)s uses DoRA, which vLLM cannot serve.") % {"folder": folder})
    if config.get("modules_to_save") or config.get("trainable_token_indices"):
        raise AdapterRefused(
            _("The adapter in %(folder)s brings whole layers or tokens of its own; merge it into its base.")
            % {"folder": folder}
        )
    if rank > max_rank:
        raise AdapterRefused(
            _("The adapter in %(folder)s has rank %(rank)s, but the engine takes at most %(most)s (max_lora_rank).")
            % {"folder": folder, "rank": rank, "most": max_rank}
        )
    if not _same_base(str(config.get("base_model_name_or_path") or ""), base) or not _fits(Path(folder), Path(base)):
        raise AdapterRefused(
            _("The adapter in %(folder)s was made for another base than %(base)s.") % {"folder": folder, "base": base}
        )


def _read_config(folder: str) -> dict[str, Any]:
    try:
        config = json.loads((Path(folder) / "adapter_config.json").read_text())
    except OSError as error:
        raise AdapterRefused(_("There is no adapter in %(folder)s.") % {"folder": folder}) from error
    except ValueError as error:
        raise AdapterRefused(_("The adapter_config.json in %(folder)s is no JSON.") % {"folder": folder}) from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise AdapterRefused(_("The adapter in %(folder)s is no LoRA adapter.") % {"folder": folder})
    return config


def _same_base(named: str, base: str) -> bool:
    if not named or named == base:
        return True
    if Path(named).is_dir() and Path(base).is_dir():
        return Path(named).samefile(base) or folder_revision(Path(named)) == folder_revision(Path(base))
    # A folder and a hub name, or a folder that has gone: the same weights, for all that can be told.
    return Path(named).is_absolute() or Path(base).is_absolute()


def _fits(adapter: Path, base: Path) -> bool:
    """Whether every LoRA pair in `adapter` has a layer of its size in `base`, where that is a local folder."""
    layers = {name: shape for file in base.glob("*.safetensors") for name, shape in tensor_shapes(file).items()}
    if not layers:
        return True
    for file in adapter.glob("adapter_model.safetensors"):
        for name, shape in tensor_shapes(file).items():
            layer = layers.get(name.removeprefix("base_model.model.").split(".lora_")[0] + ".weight")
            if ".lora_A." in name and (layer is None or layer[1] != shape[1]):
                return False
            if ".lora_B." in name and (layer is None or layer[0] != shape[0]):
                return False
    return True


def tensor_shapes(file: Path) -> dict[str, list[int]]:
    """Names and shapes of the tensors in a safetensors file, from its header alone."""
    with file.open("rb") as reader:
        length = int.from_bytes(reader.read(8), "little")
        header = json.loads(reader.read(length))
    return {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}
