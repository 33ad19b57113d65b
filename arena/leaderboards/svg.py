"""The frame of every picture: inline SVG, made on the server, without script, third party or style attribute.

Places across are in per cent of a picture's width and places down in pixels, so that its letters keep their size from a
phone to a sheet of paper. Only what cannot be narrower has a width of its own: it scrolls, and shrinks on paper.
Colours are the page's, by class and `currentColor`, and follow dark mode. What is drawn runs from left to right in
every language, as numbers do; words start where the page's reading starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Of a label, the longest that leaves room for a number beside it on a small phone.
LETTERS = 32
# Left and right of a scale, in per cent of the picture's width, so that half a number has room beside it.
MARGIN = 4.0
TICK_HEIGHT = 24


class Scale:
    """From values to places across, between round ticks on either side of `low` and `high`."""

    def __init__(self, low: float, high: float, *, most_ticks: int = 6) -> None:
        self.step = _round_step(high - low, most_ticks)
        self.first = floor(low / self.step) * self.step
        # A tick more where all values are one.
        self.last = max(ceil(high / self.step) * self.step, self.first + self.step)

    def share(self, value: float) -> float:
        """0 at the first tick, 1 at the last."""
        return (value - self.first) / (self.last - self.first)

    def across(self, value: float) -> str:
        return f"{MARGIN + (100 - 2 * MARGIN) * self.share(value):.2f}%"

    def ticks(self) -> list[float]:
        return [self.first + self.step * n for n in range(round((self.last - self.first) / self.step) + 1)]

    def tick_text(self, tick: float) -> str:
        decimals = 0 if self.step >= 1 else len(f"{self.step:g}".partition(".")[2])
        # Without the minus of a zero.
        return f"{tick + 0.0:.{decimals}f}" if round(tick, 9) else "0"


def svg(title: str, content: Iterable[SafeString], *, height: int, width: int | None = None) -> SafeString:
    """The picture, as wide as there is room or of `width` pixels; `title` is read aloud in its place."""
    size = format_html('width="100%" height="{}"', height)
    if width is not None:
        size = format_html('width="{0}" height="{1}" viewBox="0 0 {0} {1}"', width, height)
    return format_html(
        '<svg role="img" aria-label="{}" {} font-size="14">{}</svg>', title, size, SafeString("".join(content))
    )


def short(label: str) -> str:
    return label if len(label) <= LETTERS else f"{label[: LETTERS - 1]}…"


def grid_down(scale: Scale, height: int) -> SafeString:
    """The scale's ticks as lines from top to bottom, with their numbers below."""
    return format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{0}" y1="0" y2="{1}"/><text class="tick" x="{0}" y="{2}" '
        'text-anchor="middle">{3}</text>',
        ((scale.across(tick), height, height + 18, scale.tick_text(tick)) for tick in scale.ticks()),
    )


def grid_across(scale: Scale, top: int, height: int) -> SafeString:
    """The scale's ticks as lines from side to side, each with its number on it."""
    return format_html_join(
        "",
        '<line class="grid" x1="0" x2="100%" y1="{0}" y2="{0}"/><text class="tick" x="0" y="{1}">{2}</text>',
        ((y, f"{float(y) - 4:.1f}", text) for y, text in _down(scale, top, height)),
    )


def _down(scale: Scale, top: int, height: int) -> Iterable[tuple[str, str]]:
    for tick in scale.ticks():
        yield f"{top + height * (1 - scale.share(tick)):.1f}", scale.tick_text(tick)


def _round_step(span: float, most_ticks: int) -> float:
    """The smallest of …, 1, 2, 5, 10, … that needs at most `most_ticks` steps for the span."""
    steps = (base * 10.0**power for power in range(-2, 9) for base in (1, 2, 5))
    return next(step for step in steps if span <= most_ticks * step)
