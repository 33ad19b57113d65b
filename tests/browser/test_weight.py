"""What a first visit costs a phone with a poor connection."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

# Over the wire, compressed, headers included.
MOST_BYTES = 100_000


@pytest.mark.parametrize("locale", ["eu", "bo", "ug"])
def test_the_first_load_of_a_battle_is_light_and_asks_nobody_else(browser: Browser, site: str, locale: str) -> None:
    """Consent and battle page with an empty cache, and the fonts of the script."""
    with browser.new_context(base_url=site, locale=locale) as context:
        page = context.new_page()
        received = count_bytes(page)
        hosts: set[str] = set()
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto("/battle/")
        page.locator("button[name=scope][value=all]").click()
        page.wait_for_selector("#chips button")
        page.wait_for_load_state("networkidle")
    assert hosts == {urlsplit(site).netloc}
    assert sum(received) <= MOST_BYTES, received


def count_bytes(page: Page) -> list[int]:
    """The encoded length of every response of the page, as they come."""
    received: list[int] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    return received
