"""Catalogues of translations: reads `.po` files and compiles them, so that no machine needs GNU gettext for it.

The format of compiled catalogues: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
"""

from __future__ import annotations

import ast
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

MAGIC = 0x950412DE


@dataclass
class Entry:
    """One message. `translations` holds one text, or one for each plural form."""

    context: str | None = None
    message: str = ""
    plural: str | None = None
    translations: list[str] = field(default_factory=list)
    fuzzy: bool = False

    @property
    def translated(self) -> bool:
        return not self.fuzzy and bool(self.translations) and all(self.translations)

    @property
    def key(self) -> str:
        context = f"{self.context}\x04" if self.context is not None else ""
        plural = f"\x00{self.plural}" if self.plural is not None else ""
        return f"{context}{self.message}{plural}"


def read_catalogue(path: Path) -> list[Entry]:
    """Entries of a `.po` file; the first is its header. Obsolete entries (`#~`) are left out."""
    entries = [_entry(block.splitlines()) for block in path.read_text(encoding="utf-8").split("\n\n")]
    return [entry for entry in entries if entry is not None]


def write_compiled(entries: list[Entry], path: Path) -> None:
    """Write the translated entries as a `.mo` file, sorted as GNU gettext wants them; the file appears whole."""
    texts = {entry.key.encode(): "\x00".join(entry.translations).encode() for entry in entries if entry.translated}
    keys = sorted(texts)
    start = 7 * 4 + 2 * 8 * len(keys)
    tables, strings = b"", b""
    for table in (keys, [texts[key] for key in keys]):
        for text in table:
            tables += struct.pack("<II", len(text), start + len(strings))
            strings += text + b"\x00"
    head = struct.pack("<7I", MAGIC, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(head + tables + strings)
    draft.replace(path)


def _entry(lines: list[str]) -> Entry | None:
    entry, words = Entry(), {}
    name = ""
    for line in lines:
        if line.startswith("#,") and "fuzzy" in line:
            entry.fuzzy = True
        if line.startswith("#") or not line:
            continue
        if not line.startswith('"'):
            name, line = line.split(" ", 1)
            words[name] = ""
        # A quoted line is a string in C's notation, which Python reads alike.
        words[name] += ast.literal_eval(line)
    if "msgid" not in words:
        return None
    entry.context, entry.message, entry.plural = words.get("msgctxt"), words["msgid"], words.get("msgid_plural")
    entry.translations = [text for name, text in words.items() if name.startswith("msgstr")]
    return entry
