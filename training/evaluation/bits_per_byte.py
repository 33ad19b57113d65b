"""How well a model foretells text, in bits per byte: comparable between tokenizers, as perplexity is not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def bits_per_byte(model: Any, tokenizer: Any, texts: Sequence[str]) -> float:
    """Mean over all bytes (UTF-8) of `texts`, each foretold from its own beginning."""
    import torch

    nats, size = 0.0, 0
    model.eval()
    for text in texts:
        ids = [tokenizer.bos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]
        inputs = torch.tensor([[token for token in ids if token is not None]], device=model.device)
        with torch.no_grad():
            loss = model(input_ids=inputs, labels=inputs).loss
        nats += float(loss) * (inputs.shape[1] - 1)
        size += len(text.encode())
    return nats / math.log(2) / size
