"""That a board with votes can be read: on a small phone, in both directions, in the dark, and on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from arena.leaderboards.published import publish
from serving.models import LanguageModel
from tests.arena.cast import make_model, make_participant, make_votes
from tests.browser.test_appearance import ILLEGIBLE, overflow

BOARDS = ["/leaderboard/", "/leaderboard/?board=category:food", "/leaderboard/published/overall/1/"]


@pytest.fixture
def board(page: Page) -> Page:
    """Ten models, one with a long name; four voters have compared each with the next; published twice."""
    LanguageModel.objects.filter(name="mendia").update(title="A model whose name is far longer than any phone is wide")
    models = [*LanguageModel.objects.all(), *(make_model(f"model-{n}", licence="Apache-2.0") for n in range(8))]
    voters = [make_participant() for _ in range(4)]
    for a, b in zip(models, models[1:] + models[:1], strict=True):
        for n, voter in enumerate(voters):
            make_votes(a, b, ["a", "b", "tie" if n % 2 else "a"], participant=voter, category="food")
    publish()
    make_votes(models[0], models[1], ["both_bad"])
    publish()
    return page


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_board_is_no_wider_than_a_small_phone(board: Page, direction: str) -> None:
    board.set_viewport_size({"width": 360, "height": 740})
    for address in [*BOARDS, "/leaderboard/published/overall/"]:
        board.goto(address)
        board.evaluate(f"document.documentElement.dir = '{direction}'")
        assert overflow(board) == 0, address


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_word_of_a_picture_leaves_it(board: Page, direction: str) -> None:
    board.set_viewport_size({"width": 360, "height": 740})
    board.goto("/leaderboard/")
    board.evaluate(f"document.documentElement.dir = '{direction}'")
    outside = """[...document.querySelectorAll('.picture text')].filter((text) => {
      const [inner, outer] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
      return inner.left < outer.left - 9 || inner.right > outer.right + 9;
    }).map((text) => text.textContent)"""
    assert board.evaluate(outside) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_of_a_board_stands_out(board: Page, scheme: str) -> None:
    board.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address in BOARDS:
        board.goto(address)
        board.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        assert board.evaluate(ILLEGIBLE) == [], address


def test_a_printed_board_has_its_pictures_and_no_switches(board: Page) -> None:
    board.goto("/leaderboard/")
    board.emulate_media(media="print", color_scheme="dark")
    expect(board.locator(".picture svg").first).to_be_visible()
    expect(board.locator(".board-choice")).to_be_hidden()
    assert board.evaluate(ILLEGIBLE) == []


def test_another_board_is_two_clicks_away(board: Page) -> None:
    board.goto("/leaderboard/")
    board.get_by_label("Board").select_option("category:food")
    board.get_by_role("button", name="Show").click()
    expect(board.get_by_role("heading", name="Category: Food")).to_be_visible()
