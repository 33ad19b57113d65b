"""The interface in every language: chosen by name or by the browser, and never a page without words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from arena.settings import _bridges
from arena.translations import Entry, write_compiled
from tests.arena.cast import make_participant, outsider, volunteer

pytestmark = pytest.mark.django_db

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def page_for(browser: str, address: str = "/") -> str:
    """The page as somebody sees it whose browser asks for these languages."""
    return Client(headers={"accept-language": browser}).get(address).content.decode()


def catalogue(folder: Path, locale: str, entries: list[Entry], header: str = HEADER) -> None:
    """A catalogue of its own, as source and compiled."""
    path = folder / locale / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    all_of_it = [Entry(translations=[header]), *entries]
    blocks = [f"msgid {json.dumps(e.message)}\nmsgstr {json.dumps(e.translations[0])}" for e in all_of_it]
    path.write_text("\n\n".join(blocks))
    write_compiled(all_of_it, path.with_suffix(".mo"))


# Which language


@pytest.mark.parametrize(
    ("language", "direction", "start"),
    [
        ("en", "ltr", "Start a battle"),
        ("eu", "ltr", "Hasi norgehiagoka bat"),
        ("es", "ltr", "Empezar un duelo"),
        ("pl", "ltr", "Zacznij pojedynek"),
        ("zh-hans", "ltr", "开始对战"),
        ("bo", "ltr", "འགྲན་བསྡུར་འགོ་འཛུགས།"),
        ("ug", "rtl", "مۇسابىقىنى باشلاش"),
    ],
)
def test_a_page_is_in_the_browsers_language_and_its_direction(language: str, direction: str, start: str) -> None:
    page = page_for(language)
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert start in page


def test_every_language_is_offered_by_its_own_name() -> None:
    page = outsider().get("/about/").content.decode()
    for language, name in site_settings.ENDONYMS.items():
        button = next(line for line in page.splitlines() if f'value="{language}"' in line)
        assert f'lang="{language}"' in button
        assert f">{name}</button>" in button


@pytest.mark.parametrize("language", [code for code, _name in site_settings.LANGUAGES])
def test_a_language_chosen_by_its_name_stays(language: str) -> None:
    client = Client(headers={"accept-language": "pl"})
    client.post("/i18n/setlang/", {"language": language, "next": "/about/"})
    assert f'<html lang="{language}"' in client.get("/about/").content.decode()


@pytest.mark.parametrize(
    ("browser", "language"),
    [
        ("eu-ES", "eu"),
        ("eu-x-bizkai", "eu"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("bo-CN", "bo"),
        ("gl", "es"),
        ("gl-ES", "es"),
        ("szl-PL,de;q=0.5", "pl"),
        ("gl,en;q=0.5", "en"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
        ("\x00;q=x,../..,eu;q=0.1", "en"),
        ("a-" * 400, "en"),
    ],
)
def test_what_a_browser_asks_for_comes_first_and_its_bridge_after(browser: str, language: str) -> None:
    assert f'<html lang="{language}"' in page_for(browser)


# What a catalogue lacks


def test_a_variety_takes_from_its_language_what_it_lacks(settings: Any, tmp_path: Path) -> None:
    catalogue(tmp_path, "eu_X-bizkai", [Entry(message="Start a battle", translations=["Hasi norgehixoka bat"])])
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    settings.LANGUAGES = [*settings.LANGUAGES, ("eu-x-bizkai", "Biscayan")]
    settings.ENDONYMS = {**settings.ENDONYMS, "eu-x-bizkai": "Bizkaiera"}
    page = page_for("eu-x-bizkai")
    assert '<html lang="eu-x-bizkai"' in page
    assert "Hasi norgehixoka bat" in page
    assert "Sailkapena" in page


def test_a_language_takes_from_its_bridge_what_it_lacks(settings: Any, tmp_path: Path) -> None:
    catalogue(tmp_path, "gl", [Entry(message="Start a battle", translations=["Comezar un duelo"])])
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    settings.LANGUAGES = [*settings.LANGUAGES, ("gl", "Galician")]
    page = page_for("gl")
    assert "Comezar un duelo" in page
    assert "Qué pasa con un voto" in page


def test_words_of_django_s_own_come_over_the_bridge_too(settings: Any, tmp_path: Path) -> None:
    catalogue(tmp_path, "csb", [Entry(message="Start a battle", translations=["Zaczni biôtkã"])])
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    settings.LANGUAGES = [*settings.LANGUAGES, ("csb", "Kashubian")]
    client = Client(headers={"accept-language": "csb"})
    page = client.post("/accounts/login/", {"username": "nobody", "password": "wrong"}).content.decode()
    assert "Wprowadź poprawne" in page


def test_the_page_to_sign_in_is_in_the_direction_of_its_language(settings: Any) -> None:
    page = Client(headers={"accept-language": "ug"}).get("/accounts/login/").content.decode()
    assert '<html lang="ug" dir="rtl">' in page
    assert f"{settings.SITE_NAME}</title>" in page


@pytest.mark.parametrize("pairs", [["eu=es", "es=eu"], ["eu=eu"], ["eu=tlh"], ["eu"]])
def test_a_bridge_that_leads_nowhere_stops_the_start(pairs: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match="BRIDGE_LANGUAGES"):
        _bridges(pairs)


# Forms of a language


@pytest.mark.parametrize(("votes", "words"), [(1, "niż 1 głos,"), (2, "niż 2 głosy,"), (5, "niż 5 głosów,")])
def test_polish_counts_as_poles_do(settings: Any, votes: int, words: str) -> None:
    settings.MINIMUM_VOTES = votes
    assert words in page_for("pl", "/about/")


def test_dates_are_in_tibetan_where_the_page_is() -> None:
    client = volunteer(make_participant())
    client.cookies["django_language"] = "bo"
    assert "ལོའི་ཟླ་" in client.get("/consent/").content.decode()


# The page about the languages


def test_the_page_about_languages_tells_how_complete_each_is() -> None:
    page = outsider().get("/about/languages/").content.decode()
    assert page.count("100 % translated") == len(site_settings.LANGUAGES) - 1
    assert page.count("The original") == 1
    assert all(name in page for name in site_settings.ENDONYMS.values())


def test_the_page_about_languages_tells_what_is_missing_and_who_has_read(settings: Any, tmp_path: Path) -> None:
    some = [Entry(message="Home", translations=["Hasiera"]), Entry(message="Battle", translations=[""])]
    catalogue(tmp_path, "eu", some, f"{HEADER}X-Harea-Review: read by a native speaker, 2026-12\n")
    catalogue(tmp_path, "es", [Entry(message="Pages", translations=["Páginas"])])
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code in {"en", "eu", "es"}]
    basque, spanish = outsider().get("/about/languages/").content.decode().split("</li>")[1:3]
    assert all(text in basque for text in ["33 % translated", "Read by a native speaker", "appear in: Spanish."])
    assert all(text in spanish for text in ["33 % translated", "waiting for a native reader", "appear in: English."])


def test_the_texts_of_a_language_can_be_taken_home() -> None:
    response = outsider().get("/about/languages/zh-hans.po")
    assert response["Content-Disposition"] == 'attachment; filename="harea-zh-hans.po"'
    assert "开始对战" in response.content.decode()


@pytest.mark.parametrize("language", ["en", "fr", "..", "eu%2f..%2feu"])
def test_there_are_no_texts_of_a_language_that_is_not_there(language: str) -> None:
    assert outsider().get(f"/about/languages/{language}.po").status_code == 404


@pytest.mark.parametrize("address", ["/", "/about/"])
def test_the_way_to_the_page_about_languages_is_on(address: str) -> None:
    assert 'href="/about/languages/"' in outsider().get(address).content.decode()


# Fonts


def test_fonts_are_small_and_have_their_licence_beside_them() -> None:
    folder = Path(site_settings.BASE_DIR) / "arena" / "static" / "arena" / "fonts"
    licence = (folder / "OFL.txt").read_text()
    for font in folder.glob("*.woff2"):
        assert font.stat().st_size < 300_000
        assert font.name in licence
