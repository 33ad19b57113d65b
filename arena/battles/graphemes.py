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


def may_show_early(text: str) -> bool:
    """Whether `text` is one plain character: as the whole first piece of an answer it is shown without waiting.

    A first token is often one character, and the wait costs the reader a token. A mark rarely follows (n̄, g̃), and
    `joins` tells when it does: then the side starts over.
    """
    return len(text) == 1 and text.isascii() and text.isprintable()


def joins(letter: str, text: str) -> bool:
    """Whether `text` begins with something that belongs to the `letter` before it."""
    return len(split_whole(letter + text[:1])[1]) > 1


def _last_cluster_start(text: str) -> int:
    # A cluster may be long (emoji families), but a window of 64 characters holds any that people write.
    offset = max(0, len(text) - 64)
    start = offset
    for cluster in _CLUSTER.finditer(text[offset:]):
        start = offset + cluster.start()
    return start
