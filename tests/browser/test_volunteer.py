"""The volunteer's minute, as a person lives it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from arena.models import Battle, Consent, Vote
from tests.browser.steps import expect_reveal, fight, tap_prompt, vote, wait_for_answers
from tests.stand_in_engine import StandInEngine


def test_from_the_home_page_to_the_next_battle(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Start a battle").click()
    page.get_by_role("button", name="Agree to all three and start").click()
    fight(page)
    expect(page).to_have_url(re.compile(r"/battles/[0-9a-f-]{36}/$"))
    vote(page)
    expect_reveal(page)
    assert Vote.objects.get().outcome == "a"
    page.get_by_role("button", name="Next battle").click()
    expect(page).to_have_url(re.compile(r"/battle/$"))
    expect(page.locator("#chips button").first).to_be_visible()


def test_the_page_names_no_model_before_the_vote(volunteer: Page) -> None:
    frames: list[str] = []
    volunteer.on("websocket", lambda line: line.on("framereceived", lambda frame: frames.append(str(frame))))
    volunteer.reload()
    fight(volunteer)
    seen = volunteer.content() + "".join(frames)
    assert not re.search("itsasoa 2M|mendia|\b2M\b", seen, re.IGNORECASE)
    vote(volunteer)
    expect_reveal(volunteer)
    assert re.search("itsasoa 2M", volunteer.content(), re.IGNORECASE)


def test_answers_are_plain_while_they_stream_and_rendered_at_the_end(volunteer: Page, engine: StandInEngine) -> None:
    engine.rate = 6
    tap_prompt(volunteer)
    expect(volunteer.locator(".answer.plain", has_text="**gosaria**")).to_be_visible()
    expect(volunteer.locator(".answer strong", has_text="gosaria")).to_be_visible()


def test_own_words_are_sent_with_ctrl_enter(volunteer: Page) -> None:
    volunteer.get_by_label("Your question").fill("Zein da zure izena?")
    volunteer.keyboard.press("Control+Enter")
    wait_for_answers(volunteer)
    assert Battle.objects.get().turns.get().text == "Zein da zure izena?"


def test_a_second_turn_is_answered_by_both(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_label("Not sure yet? Ask both something more.").fill("Eta bazkaltzeko?")
    volunteer.locator("#next-turn").get_by_role("button", name="Ask both").click()
    expect(volunteer.locator(".turn")).to_have_count(2)
    wait_for_answers(volunteer)
    expect(volunteer.locator(".pane[data-state=complete]")).to_have_count(4)
    vote(volunteer, "Equally good")
    expect_reveal(volunteer)


def test_a_key_votes(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.keyboard.press("x")
    expect_reveal(volunteer)
    assert Vote.objects.get().outcome == "both_bad"


def test_content_and_language_can_be_judged_apart(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Judge content and language apart").click()
    volunteer.get_by_role("group", name="content").get_by_text("B", exact=True).click()
    volunteer.get_by_role("group", name="language quality").get_by_text("Equally good").click()
    volunteer.keyboard.press("4")
    expect_reveal(volunteer)
    cast = Vote.objects.get()
    assert (cast.outcome, cast.content, cast.quality) == ("b", "b", "tie")


def test_what_was_judged_apart_is_not_carried_into_the_next_battle(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Judge content and language apart").click()
    volunteer.get_by_role("group", name="content").get_by_text("B", exact=True).click()
    vote(volunteer)
    expect_reveal(volunteer)
    volunteer.get_by_role("button", name="Next battle").click()
    fight(volunteer)
    vote(volunteer)
    expect_reveal(volunteer)
    assert list(Vote.objects.order_by("pk").values_list("content", flat=True)) == ["b", ""]


def test_one_may_say_why(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Say why").click()
    volunteer.get_by_role("group", name="Answer B").get_by_text("wrong language").click()
    volunteer.get_by_role("group", name="Answer A").get_by_role("textbox").fill("Erraz ulertzen da.")
    volunteer.get_by_role("group", name="Answer A").get_by_label("helpful").focus()
    volunteer.keyboard.press("Space")
    volunteer.keyboard.press("1")
    expect_reveal(volunteer)
    remarks = Vote.objects.get().remarks.values_list("side", "tags", "comment")
    assert list(remarks) == [("a", ["helpful"], "Erraz ulertzen da."), ("b", ["wrong_language"], "")]


def test_what_was_said_is_not_carried_into_the_next_turn_or_battle(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Say why").click()
    volunteer.get_by_role("group", name="Answer B").get_by_text("wrong language").click()
    volunteer.get_by_role("group", name="Answer B").get_by_role("textbox").fill("Ez da euskara. " * 30)
    expect(volunteer.locator("[data-remark=b] [data-left]")).to_have_text("50 characters left")
    volunteer.locator("#follow-up").fill("Eta bazkaltzeko?")
    volunteer.locator("#next-turn").get_by_role("button", name="Ask both").click()
    expect(volunteer.locator(".turn")).to_have_count(2)
    wait_for_answers(volunteer)
    vote(volunteer)
    expect_reveal(volunteer)
    assert not Vote.objects.get().remarks.exists()


def test_a_key_pressed_while_writing_does_not_vote(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.locator("#follow-up").press_sequentially("1a4b")
    volunteer.get_by_text("Say why").click()
    volunteer.get_by_role("group", name="Answer A").get_by_role("textbox").press_sequentially("1a4b")
    volunteer.wait_for_timeout(200)
    assert not Vote.objects.exists()


def test_stopping_gives_the_choice_to_have_it_answered_again(volunteer: Page, engine: StandInEngine) -> None:
    engine.rate = 2
    tap_prompt(volunteer)
    volunteer.get_by_role("button", name="Stop").click()
    volunteer.get_by_role("button", name="Let them answer again").click()
    engine.rate = 100
    wait_for_answers(volunteer)


def test_a_battle_that_fails_says_so_and_offers_another(volunteer: Page, engine: StandInEngine) -> None:
    engine.behaviours = {"itsasoa": "error500", "mendia": "error500"}
    tap_prompt(volunteer)
    expect(volunteer.locator("#status")).to_contain_text("no winner")
    volunteer.get_by_role("button", name="New battle").click()
    expect(volunteer.locator("#chips button").first).to_be_visible()


def test_after_a_battle_without_a_winner_nothing_pretends_to_go_on(volunteer: Page, engine: StandInEngine) -> None:
    engine.behaviours = {"itsasoa": "error500"}
    tap_prompt(volunteer)
    expect(volunteer.get_by_text("This side gave no answer.")).to_have_count(1)
    expect(volunteer.locator(".answer", has_text="Goizean")).to_have_count(1)
    expect(volunteer.locator(".waiting, [aria-busy=true]")).to_have_count(0)
    volunteer.reload()
    expect(volunteer.get_by_text("This side gave no answer.")).to_have_count(1)
    expect(volunteer.locator(".waiting, [aria-busy=true]")).to_have_count(0)


def test_agreeing_to_what_was_ticked_agrees_to_no_more(page: Page) -> None:
    page.goto("/battle/")
    page.get_by_label("Training the next models").check()
    page.get_by_role("button", name="Agree to what I ticked and start").click()
    page.wait_for_selector("#chips button")
    consent = Consent.objects.get()
    assert (consent.train, consent.publish) == (True, False)


def test_no_request_leaves_the_site(volunteer: Page, site: str) -> None:
    asked: list[str] = []
    volunteer.on("request", lambda request: asked.append(request.url))
    volunteer.on("websocket", lambda line: asked.append(line.url))
    for address in ("/", "/about/", "/consent/", "/battle/"):
        volunteer.goto(address)
    fight(volunteer)
    vote(volunteer)
    expect_reveal(volunteer)
    assert len(asked) > 8
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(site).netloc}


def test_a_shared_battle_is_read_by_somebody_else(volunteer: Page) -> None:
    fight(volunteer)
    vote(volunteer)
    expect_reveal(volunteer)
    volunteer.get_by_role("button", name="Share this battle").click()
    link = volunteer.locator("#shared a")
    expect(link).to_have_attribute("href", re.compile(r"/shared/[0-9a-f-]{36}/$"))
    address = link.get_attribute("href") or ""
    volunteer.context.clear_cookies()
    volunteer.goto(address)
    expect(volunteer.get_by_role("heading", name="A was found better.")).to_be_visible()
    expect(volunteer.locator(".reveal-model a", has_text="mendia")).to_be_visible()
    volunteer.get_by_role("link", name="Judge a battle yourself").click()
    expect(volunteer).to_have_url(re.compile(r"/consent/"))
