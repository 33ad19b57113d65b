"""Stacked letters and letters from right to left: whole, with room above and below, on a desktop and a small phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from arena.models import Prompt
from tests.browser.steps import tap_prompt, wait_for_answers
from tests.stand_in_engine import StandInEngine

STACKED = "བསྒྲུབས་པ། སྐྱེས་བུ། བརྒྱད་ཅུ། ཨོཾ་མ་ཎི་པདྨེ་ཧཱུྃ། རྫྱ་ཧྥྱ་རྔྱ།"
# One line as scribes write it: no space, a tsheg after every syllable.
UNBROKEN = "བཀྲ་ཤིས་བདེ་ལེགས་ཞུ་རྒྱུ་ཡིན་པའི་བསྒྲུབས་" * 12
UYGHUR = "ئۇيغۇرلار ناشتىلىقتا نان يەپ، سۈتلۈك چاي ئىچىدۇ؛ ئۆيگە كەلگەن مېھمانغا مېۋە-چېۋە تۇتىدۇ."

# What is not whole: text boxes that hold more than they show, glyphs outside a box that cuts them off, narrow lines.
NOT_WHOLE = """() => {
  const faulty = [];
  let texts = 0;
  const cuts = (element) => getComputedStyle(element).overflowY !== "visible";
  const cutting = (element) => {
    while (element !== document.body && !cuts(element)) element = element.parentElement;
    return element === document.body ? null : element.getBoundingClientRect();
  };
  for (const element of document.querySelectorAll("main *")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3);
    const text = element.value ?? own.map((node) => node.data.trim()).join("");
    const judged = element.closest("[lang]").matches("main [lang=bo], main [lang=ug]");
    if (!text || !judged || !element.checkVisibility()) continue;
    texts += 1;
    const { display, lineHeight, fontSize } = getComputedStyle(element);
    const name = `${element.tagName}.${element.className} ${text.slice(0, 20)}`;
    // What is being written may be scrolled.
    const fixed = display !== "inline" && element.tagName !== "TEXTAREA";
    if (fixed && element.scrollHeight > element.clientHeight) faulty.push(`${name}: cut in height`);
    if (fixed && element.scrollWidth > element.clientWidth) faulty.push(`${name}: cut in width`);
    const lines = parseFloat(lineHeight) / parseFloat(fontSize);
    if (!(lines >= 1.5)) faulty.push(`${name}: lines of ${lines}`);
    const range = document.createRange();
    range.selectNodeContents(element);
    const box = cutting(element);
    for (const glyphs of box ? range.getClientRects() : []) {
      if (glyphs.top < box.top - .5 || glyphs.bottom > box.bottom + .5) faulty.push(`${name}: cut by a box`);
    }
  }
  return texts ? faulty : ["no text at all"];
}"""


def with_markdown(text: str) -> list[str]:
    """The text as a heading, a paragraph, a list, a quotation and code, in tokens."""
    answer = f"# {text}\n\n{text} **{text}**\n\n- {text}\n- {text}\n\n> {text}\n\n```\n{text}\n```\n"
    return re.findall(r"\S+\s*", answer)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("language", "text"),
    [("bo", STACKED), ("bo", UNBROKEN), ("ug", UYGHUR)],
    ids=["stacked Tibetan", "Tibetan in one line", "Uyghur"],
)
def test_letters_are_whole_from_the_prompt_to_the_answers(
    engine: StandInEngine, page: Page, settings: Any, language: str, text: str, width: int
) -> None:
    settings.CONTENT_LANGUAGE = language
    Prompt.objects.create(text=text, language=language, category="food")
    engine.answers = {"itsasoa": with_markdown(text), "mendia": [text]}
    page.set_viewport_size({"width": width, "height": 740})
    page.goto("/battle/")
    page.get_by_role("button", name="Agree to all three and start").click()
    page.get_by_label("Your question").fill(text)
    expect(page.locator("#chips button")).to_have_count(1)
    assert page.evaluate(NOT_WHOLE) == []
    engine.rate = 10
    tap_prompt(page)
    expect(page.locator(".answer.plain:not(:has(.waiting))").first).to_be_visible()
    assert page.evaluate(NOT_WHOLE) == []
    engine.rate = 200
    wait_for_answers(page)
    page.locator("#follow-up").fill(text)
    assert page.evaluate(NOT_WHOLE) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
