"""The catalogues: complete, faithful to their placeholders, and compiled as GNU gettext would."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from arena.translations import Entry, read_catalogue, write_compiled

ROOT = Path(settings.BASE_DIR)
CATALOGUES = sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/*.po"))
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
every_catalogue = pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)


def marked_in_code() -> Iterator[str]:
    for package in ("arena", "serving", "training"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKERS:
                    argument = node.args[0]
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value


def marked_in_templates() -> Iterator[str]:
    for path in (ROOT / "templates").rglob("*.html"):
        code = templatize(path.read_text(), origin=str(path))
        for text in re.findall(r"gettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", code):
            yield ast.literal_eval(text)


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}", text))


@every_catalogue
def test_every_marked_text_is_in_the_catalogue(path: Path) -> None:
    known = {entry.message for entry in read_catalogue(path)}
    assert {*marked_in_code(), *marked_in_templates()} - known == set()


@every_catalogue
def test_no_message_is_untranslated_or_fuzzy(path: Path) -> None:
    assert [entry.message for entry in read_catalogue(path) if not entry.translated] == []


@every_catalogue
def test_translations_have_the_placeholders_of_their_messages(path: Path) -> None:
    for entry in read_catalogue(path)[1:]:
        wanted = placeholders(entry.message + (entry.plural or ""))
        for translation in entry.translations:
            assert placeholders(translation) == wanted, entry.message


@every_catalogue
def test_translations_have_no_per_cent_sign_that_would_break_them(path: Path) -> None:
    for entry in read_catalogue(path)[1:]:
        if placeholders(entry.message) or "%%" in entry.message:
            for translation in entry.translations:
                assert "%" not in re.sub(r"%\(\w+\)[sd]|%%", "", translation), entry.message


@every_catalogue
def test_every_plural_has_the_forms_of_its_language(path: Path) -> None:
    header, *entries = read_catalogue(path)
    forms = int(re.findall(r"nplurals=(\d)", header.translations[0])[0])
    assert [entry.message for entry in entries if len(entry.translations) != (forms if entry.plural else 1)] == []


@every_catalogue
def test_no_message_stands_in_a_catalogue_twice(path: Path) -> None:
    keys = [entry.key for entry in read_catalogue(path)]
    assert len(keys) == len(set(keys))


@every_catalogue
def test_a_catalogue_says_whether_a_native_speaker_has_read_it(path: Path) -> None:
    assert re.search(r"^X-Harea-Review: (machine-made|read by)", read_catalogue(path)[0].translations[0], re.MULTILINE)


def test_every_language_of_the_interface_has_a_catalogue_and_a_name_of_its_own() -> None:
    languages = {code for code, _name in settings.LANGUAGES}
    assert {path.parent.parent.name for path in CATALOGUES} == {to_locale(code) for code in languages - {"en"}}
    assert settings.ENDONYMS.keys() == languages


def test_a_compiled_catalogue_is_read_by_gettext(tmp_path: Path) -> None:
    entries = [
        Entry(translations=["Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"]),
        Entry(message="Hello", translations=["Kaixo"]),
        Entry(message="%d vote", plural="%d votes", translations=["Boto %d", "%d boto"]),
        Entry(message="Bye", translations=["Agur"], fuzzy=True),
        Entry(context="board", message="open", translations=["irekia"]),
    ]
    write_compiled(entries, tmp_path / "eu.mo")
    with (tmp_path / "eu.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)
    assert catalogue.gettext("Hello") == "Kaixo"
    assert [catalogue.ngettext("%d vote", "%d votes", n) for n in (1, 2)] == ["Boto %d", "%d boto"]
    assert catalogue.pgettext("board", "open") == "irekia"
    assert catalogue.gettext("Bye") == "Bye"


def test_the_command_says_how_much_is_translated(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("compile_translations")
    assert re.search(r"eu: (\d+) of \1 messages", capsys.readouterr().out)
