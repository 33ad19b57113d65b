"""A real Chromium against the real site: its own browser a module, its own visitor a test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from playwright.sync_api import Error as BrowserError

from arena.models import Prompt
from serving.models import Engine
from tests.arena.cast import make_model
from tests.stand_in_engine import StandInEngine
from tests.suite import BROWSERS

# Playwright keeps an event loop in the test's thread; the ORM is still used there by one thread only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Django warns where WhiteNoise hands a file over in the synchronous way; as an error it would break every file.
WHITENOISE = "ignore:StreamingHttpResponse must consume synchronous iterators:Warning"

ANSWERS = {
    "itsasoa": "Euskal Herrian **gosaria** arina da: ogia, kafesnea eta fruta.",
    "mendia": "Goizean jende askok ogia eta gazta jaten ditu, eta kafea edaten du.",
}
PROMPTS = {"food": "Zer jaten da gosaltzeko?", "places": "Non dago itsasoa?", "weather": "Zer eguraldi egiten du?"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            item.add_marker(pytest.mark.filterwarnings(WHITENOISE))


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


# Of this module, not of the session: the loop that Playwright leaves running would disturb asynchronous tests.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        reason = "no Chromium: set CHROMIUM, or install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def engine(transactional_db: None) -> Iterator[StandInEngine]:
    """Two contestants whose answers take about half a second, and a few prompts."""
    with StandInEngine(rate=40) as engine:
        for name, answer in ANSWERS.items():
            make_model(name, title=f"{name.title()} 2M", parameters=2_400_000, demo=True)
            engine.answers[name] = re.findall(r"\S+\s*", answer)
        Engine.objects.update(url=engine.url)
        for category, text in PROMPTS.items():
            Prompt.objects.create(text=text, language="eu", category=category)
        yield engine


@pytest.fixture
def site(engine: StandInEngine) -> Iterator[str]:
    # Imported late, like the site's own modules: WhiteNoise looks at the collected files only once.
    from tests.arena.live_site import live_site

    with live_site() as host:
        yield f"http://{host}"


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site, locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A visitor's page; an uncaught error of the script or a broken rule of the CSP fails the test."""
    page = context.new_page()
    complaints: list[str] = []

    def uncaught(error: BrowserError) -> None:
        complaints.append(str(error))

    page.on("pageerror", uncaught)
    page.on("console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None)
    yield page
    assert not complaints


@pytest.fixture
def volunteer(page: Page) -> Page:
    """A page of somebody who has agreed and may begin."""
    page.goto("/battle/")
    page.get_by_role("button", name="Agree to all three and start").click()
    page.wait_for_selector("#chips button")
    return page
