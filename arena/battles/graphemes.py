"""Cuts a stream of text only between grapheme clusters, so that no half letter is ever shown."""

import regex

_CLUSTER = regex.compile(r"\X")


def split_whole(text: str) -> tuple[str, str]:
    """Return (what can be shown, what must wait).

    The last cluster waits, because the next piece may still add a mark to it: an accent, a Tibetan
    subjoined letter, the second half of a flag.
    """
    last = _last_cluster_start(text)
    return text[:last], text[last:]


def _last_cluster_start(text: str) -> int:
    # A cluster may be long (emoji families), but a window of 64 characters holds any that people write.
    offset = max(0, len(text) - 64)
    start = offset
    for cluster in _CLUSTER.finditer(text[offset:]):
        start = offset + cluster.start()
    return start
