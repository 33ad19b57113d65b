"""Skipping a battle, as a person does it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from arena.models import Battle, Vote
from tests.browser.steps import expect_reveal, fight, tap_prompt, vote
from tests.stand_in_engine import StandInEngine


def expect_next_battle(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/battle/$"))
    expect(page.get_by_role("status").filter(has_text="Skipped.")).to_be_visible()
    expect(page.locator("#chips button").first).to_be_visible()


def test_a_battle_is_skipped_with_a_reason_and_the_next_one_begins(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Skip", exact=True).click()
    volunteer.get_by_role("button", name="Both say the same").click()
    expect_next_battle(volunteer)
    battle = Battle.objects.get()
    assert (battle.end_reason, battle.skip_reason) == ("skipped", "same")
    fight(volunteer)
    expect(volunteer.get_by_role("button", name="Both say the same")).to_be_hidden()
    vote(volunteer)
    expect_reveal(volunteer)


def test_a_battle_is_skipped_by_keyboard_while_it_is_written(volunteer: Page, engine: StandInEngine) -> None:
    engine.rate = 2
    tap_prompt(volunteer)
    expect(volunteer.locator(".answer.plain", has_text="Goizean")).to_be_visible()
    volunteer.locator("#skip summary").focus()
    for key in ("Enter", "Tab", "Tab", "Tab", "Enter"):
        volunteer.keyboard.press(key)
    expect_next_battle(volunteer)
    assert engine.wait_until_idle(2)
    assert Battle.objects.get().skip_reason == "personal"


def test_nobody_learns_who_it_was_after_a_skip(volunteer: Page) -> None:
    fight(volunteer)
    address = volunteer.url
    volunteer.get_by_text("Skip", exact=True).click()
    volunteer.get_by_role("button", name="I cannot judge this topic").click()
    expect_next_battle(volunteer)
    volunteer.goto(address)
    expect(volunteer.locator("#status")).to_have_text("You skipped this battle.")
    expect(volunteer.locator("#vote, #skip, #stop").filter(visible=True)).to_have_count(0)
    assert not re.search("itsasoa 2M|mendia|2M", volunteer.content(), re.IGNORECASE)


def test_another_window_sees_the_skip_when_it_is_looked_at(volunteer: Page) -> None:
    fight(volunteer)
    other = volunteer.context.new_page()
    other.goto(volunteer.url)
    other.get_by_text("Skip", exact=True).click()
    other.get_by_role("button", name="Another reason").click()
    expect_next_battle(other)
    volunteer.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(volunteer.locator("#status")).to_have_text("You skipped this battle.")


def test_a_skip_after_a_vote_elsewhere_shows_the_vote(volunteer: Page) -> None:
    fight(volunteer)
    other = volunteer.context.new_page()
    other.goto(volunteer.url)
    vote(other)
    expect_reveal(other)
    volunteer.get_by_text("Skip", exact=True).click()
    volunteer.get_by_role("button", name="Something does not work").click()
    expect_reveal(volunteer)
    assert Vote.objects.count() == 1


def test_a_skip_that_cannot_be_sent_is_said_and_can_be_tried_again(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.route("**/skip/", lambda route: route.abort())
    volunteer.get_by_text("Skip", exact=True).click()
    reason = volunteer.get_by_role("button", name="An answer is offensive")
    reason.click()
    expect(volunteer.get_by_role("alert")).to_contain_text("could not be saved")
    volunteer.unroute("**/skip/")
    reason.click()
    expect_next_battle(volunteer)
