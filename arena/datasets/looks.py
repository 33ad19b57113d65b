"""The figures of `arena.ranking.appearance` for whole columns of texts: by Arrow, eight times as fast."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from arena.ranking.appearance import FEATURES, appearance

# What RE2, Arrow's engine, has no words for: fences that end as they began, and what is a letter beside an underscore.
_BEYOND = "```|~~~|__"
_HEADER = r"(?m)^ {0,3}#{1,6}[ \t]+[^\s\pZ]"
_ITEM = r"(?m)^[ \t]*(?:[-*+•]|\p{Nd}{1,9}[.)])[ \t]+[^\s\pZ]"
_BOLD = r"\*\*[^*\s\pZ][^*\n]*\*\*"


def looks(texts: pa.Array) -> dict[str, pa.Array]:
    """Each of `FEATURES` of every text, as whole numbers; null where there is no text."""
    characters = pc.utf8_length(pc.utf8_normalize(texts, form="NFC"))
    marks = [pc.count_substring_regex(texts, pattern) for pattern in (_HEADER, _ITEM, _BOLD)]
    found = [pc.cast(column, pa.int64()) for column in (characters, *marks)]
    beyond = pc.fill_null(pc.match_substring_regex(texts, _BEYOND), False)
    if pc.any(beyond).as_py():
        exact = zip(*(appearance(text) for text in texts.filter(beyond).to_pylist()), strict=True)
        found = [
            pc.replace_with_mask(column, beyond, pa.array(values, pa.int64()))
            for column, values in zip(found, exact, strict=True)
        ]
    return dict(zip(FEATURES, found, strict=True))
