"""One hash for a folder of weights: what answered can be told apart for ever."""

import hashlib
from pathlib import Path

PATTERNS = ("*.safetensors", "*.json", "*.model", "*.jinja")
BLOCK = 1 << 20


def folder_revision(folder: Path) -> str:
    """SHA-256 (hex) over names and contents of the weights, configuration and tokenizer in `folder`.

    Where the folder lies and when its files were written does not matter. Raises ValueError for a folder
    that holds none of these files, OSError for one that cannot be read.
    """
    files = sorted({file for pattern in PATTERNS for file in folder.glob(pattern)})
    if not files:
        raise ValueError(f"{folder} holds no weights (*.safetensors) and no configuration.")
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as reader:
            while block := reader.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()
