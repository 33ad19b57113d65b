"""What a volunteer does, in the words of the page."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def tap_prompt(page: Page) -> None:
    page.locator("#chips button").first.click()
    expect(page.locator("#turns .pane")).to_have_count(2)


def wait_for_answers(page: Page) -> None:
    expect(page.locator("#vote")).to_be_visible()


def fight(page: Page) -> None:
    """Tap a prompt and wait until both answers are there."""
    tap_prompt(page)
    wait_for_answers(page)


def vote(page: Page, name: str = "A is better") -> None:
    page.locator("#vote").get_by_role("button", name=name).click()


def expect_reveal(page: Page) -> None:
    expect(page.locator("#reveal")).to_be_visible()
    expect(page.locator("#reveal a")).to_have_count(2)
