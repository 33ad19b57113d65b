"""What people write, as it is kept: one spelling for line breaks and letters, and nothing that is no writing."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from arena.errors import Refused

# Line breaks and tabs are writing; every other control character, lone surrogate or unassigned code is damage.
_WRITING = {"\n", "\t", "\u200c", "\u200d", "\u200e", "\u200f"}
_DAMAGE = {"Cc", "Cs", "Cn", "Co"}


def tidied(text: str) -> str:
    """The text in NFC, with plain line breaks, without surrounding space."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def check_letters(text: str) -> None:
    """Raises Refused with a sentence for the writer where letters were damaged or cannot be seen."""
    if "\ufffd" in text:
        raise Refused("prompt_encoding", _("Some letters of your text were damaged on the way. Please write it again."))
    if any(character not in _WRITING and unicodedata.category(character) in _DAMAGE for character in text):
        raise Refused(
            "prompt_control", _("Your text holds invisible control characters. Please write it again without them.")
        )
