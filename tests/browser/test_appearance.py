"""That the pages fit, can be read, and speak the visitor's language."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from arena.leaderboards.published import publish
from arena.models import Consent, Participant
from serving.models import LanguageModel
from tests.arena.cast import make_model, make_votes
from tests.browser.steps import expect_reveal, fight, vote

PAGES = [
    "/",
    "/consent/",
    "/battle/",
    "/prompts/",
    "/leaderboard/",
    "/models/",
    "/receipt/",
    "/me/",
    "/about/",
    "/about/languages/",
    "/accounts/login/",
]

# WCAG 2.2 contrast of every visible text with the nearest background behind it; returns those under 4.5.
ILLEGIBLE = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (channels(colour).length === 3) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faulty = [];
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    const apart = element.closest(".switch, .visually-hidden, .skip");
    const unseen = apart || !element.checkVisibility({ opacityProperty: true });
    if (!text || unseen) continue;
    const [one, two] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    const contrast = (one + .05) / (two + .05);
    if (contrast < 4.5) faulty.push(`${text.slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return faulty;
}"""


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_is_wider_than_a_small_phone(volunteer: Page, direction: str) -> None:
    volunteer.set_viewport_size({"width": 360, "height": 740})
    for address in PAGES:
        volunteer.goto(address)
        volunteer.evaluate(f"document.documentElement.dir = '{direction}'")
        assert overflow(volunteer) == 0, address
    volunteer.goto("/battle/")
    volunteer.evaluate(f"document.documentElement.dir = '{direction}'")
    fight(volunteer)
    assert overflow(volunteer) == 0
    volunteer.get_by_text("Say why").click()
    assert overflow(volunteer) == 0
    vote(volunteer)
    expect_reveal(volunteer)
    assert overflow(volunteer) == 0


@pytest.mark.parametrize("language", ["en", "eu", "ug"])
def test_what_came_of_votes_fits_a_small_phone(volunteer: Page, site: str, language: str) -> None:
    voter, (parent, other) = Participant.objects.get(), LanguageModel.objects.order_by("pk")
    votes = make_votes(parent, other, ["a"] * 10, participant=voter, category="food")
    lineage = {"votes": [vote.pk for vote in votes]}
    child = make_model("umea", title="Itsasoa-Instruct-2M-LoRA · round 12", parent=parent, lineage=lineage)
    make_votes(child, parent, ["a"] * 7 + ["b"] * 3)
    make_votes(parent, other, ["a"])
    publish()
    volunteer.set_viewport_size({"width": 360, "height": 740})
    volunteer.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site}])
    for address in ("/", "/me/"):
        volunteer.goto(address)
        expect(volunteer.locator("html")).to_have_attribute("lang", language)
        expect(volunteer.locator("main").get_by_role("link", name=child.title)).to_be_visible()
        assert overflow(volunteer) == 0, address
        assert volunteer.evaluate(ILLEGIBLE) == [], address


@pytest.mark.parametrize(("locale", "direction", "kept"), [("en", "rtl", "I have kept it"), ("eu", "ltr", "Gorde dut")])
def test_a_newcomer_s_receipt_fits_a_small_phone_and_can_be_put_away(
    browser: Browser, site: str, locale: str, direction: str, kept: str
) -> None:
    context = browser.new_context(base_url=site, locale=locale, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto("/consent/")
    page.locator("button[value=all]").click()
    page.evaluate(f"document.documentElement.dir = '{direction}'")
    expect(page.locator(".receipt")).to_have_text(Consent.objects.get().receipt)
    assert overflow(page) == 0
    assert page.evaluate(ILLEGIBLE) == []
    page.get_by_role("button", name=kept).click()
    expect(page.locator(".receipt")).to_have_count(0)
    context.close()


def test_side_a_comes_first_in_the_direction_of_reading(volunteer: Page) -> None:
    fight(volunteer)
    places = "[...document.querySelectorAll('#turns .pane')].map((pane) => pane.getBoundingClientRect().left)"
    a, b = volunteer.evaluate(places)
    assert a < b
    volunteer.evaluate("document.documentElement.dir = 'rtl'")
    a, b = volunteer.evaluate(places)
    assert a > b


def test_the_switch_of_a_phone_goes_to_the_other_answer(volunteer: Page) -> None:
    volunteer.set_viewport_size({"width": 390, "height": 460})
    fight(volunteer)
    volunteer.locator("#switch [data-side=b]").click()
    expect(volunteer.locator(".pane[data-side=b]")).to_be_in_viewport(ratio=0.5)
    expect(volunteer.locator("#switch [data-side=b]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(volunteer: Page, scheme: str) -> None:
    volunteer.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    for address in PAGES:
        volunteer.goto(address)
        assert volunteer.evaluate(ILLEGIBLE) == [], address
    volunteer.goto("/battle/")
    fight(volunteer)
    assert volunteer.evaluate(ILLEGIBLE) == []
    vote(volunteer)
    expect_reveal(volunteer)
    assert volunteer.evaluate(ILLEGIBLE) == []


def test_the_interface_speaks_basque_to_a_basque_browser(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, locale="eu-ES")
    page = context.new_page()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "eu")
    expect(page.get_by_role("link", name="Hasi norgehiagoka bat")).to_be_visible()
    context.close()


@pytest.mark.parametrize("language", ["eu", "es", "pl", "zh-hans", "bo", "ug"])
def test_every_language_fits_a_small_phone(browser: Browser, site: str, language: str) -> None:
    headers = {"accept-language": language}
    context = browser.new_context(base_url=site, extra_http_headers=headers, viewport={"width": 360, "height": 740})
    page = context.new_page()
    for address in PAGES:
        page.goto(address)
        assert overflow(page) == 0, address
    page.locator(".languages summary").click()
    assert overflow(page) == 0
    context.close()


def test_a_page_without_letters_of_a_script_fetches_no_font_for_it(page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto("/", wait_until="networkidle")
    assert [address for address in fetched if ".woff" in address] == []


def test_the_language_can_be_chosen_by_its_own_name(page: Page) -> None:
    page.goto("/about/")
    page.locator(".languages summary").click()
    page.get_by_role("button", name="Euskara").click()
    expect(page.locator("html")).to_have_attribute("lang", "eu")
    assert page.url.endswith("/about/")


def test_buttons_are_large_enough_for_a_thumb(volunteer: Page) -> None:
    volunteer.set_viewport_size({"width": 390, "height": 844})
    fight(volunteer)
    heights = volunteer.evaluate("[...document.querySelectorAll('#vote button')].map((one) => one.offsetHeight)")
    assert min(heights) >= 44
