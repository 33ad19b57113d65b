"""What axe-core finds against WCAG 2.2 AA: nothing, on every page, by day and night, in either direction."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.steps import expect_reveal, fight
from tests.browser.test_appearance import PAGES

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def faults(page: Page) -> list[str]:
    """Every violation, with the elements that it was found in."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:120]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "ug"])
def test_no_page_breaks_a_rule(browser: Browser, site: str, locale: str, scheme: str) -> None:
    with browser.new_context(base_url=site, locale=locale, color_scheme=scheme, reduced_motion="reduce") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto("/battle/")
        assert faults(page) == []
        page.locator("button[name=scope][value=all]").click()
        page.wait_for_selector("#chips button")
        for address in PAGES:
            page.goto(address)
            assert faults(page) == [], address
        page.goto("/battle/")
        fight(page)
        assert faults(page) == []
        page.locator("#vote .vote-a").click()
        expect_reveal(page)
        page.locator("#share").click()
        page.wait_for_selector("#shared a")
        assert faults(page) == []
        page.goto(page.locator("#shared a").get_attribute("href") or "")
        assert faults(page) == []


def test_a_broken_rule_is_found(page: Page) -> None:
    page.goto("/about/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [fault.split(":")[0] for fault in faults(page)] == ["button-name"]
