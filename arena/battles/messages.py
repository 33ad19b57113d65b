"""The messages of the battle's WebSocket, typed once for the sender, the consumer and the tests."""

import json
import uuid
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from django.utils.translation import gettext as _

from arena.errors import Refused

# From the browser.


@dataclass(frozen=True)
class Open:
    """Begin a battle with this prompt (`prompt`: its id in the bank, if it came from there)."""

    text: str
    prompt: int | None


@dataclass(frozen=True)
class Join:
    """Take up a battle of one's own, after a reload or a lost connection."""

    battle: uuid.UUID


@dataclass(frozen=True)
class Ask:
    """The next turn."""

    text: str


@dataclass(frozen=True)
class Stop:
    """Stop both answers."""


Request = Open | Join | Ask | Stop


def read_request(data: str) -> Request:
    """Parse one message of the browser. Raises Refused("message") for anything that is none."""
    try:
        match json.loads(data):
            case {"type": "open", "text": str(text), "prompt": int(prompt) | (None as prompt)}:
                return Open(text, prompt)
            case {"type": "open", "text": str(text)}:
                return Open(text, None)
            case {"type": "join", "battle": str(battle)}:
                return Join(uuid.UUID(battle))
            case {"type": "ask", "text": str(text)}:
                return Ask(text)
            case {"type": "stop"}:
                return Stop()
    except (ValueError, RecursionError):
        pass  # Not JSON, or values of the wrong form: refused below like an unknown type.
    raise Refused("message", _("The page sent something that could not be understood. Please reload it."))


# To the browser.


class BlindAnswer(TypedDict):
    state: Literal["waiting", "streaming", "complete"]
    text: str
    html: str


class BlindTurn(TypedDict):
    number: int
    text: str
    answers: dict[str, BlindAnswer]


class BlindBattle(TypedDict):
    """All that anyone may know of a battle before its vote."""

    id: str
    state: str
    message: str
    votable: bool
    turns_left: int
    turns: list[BlindTurn]


class Delta(TypedDict):
    type: Literal["delta"]
    turn: int
    a: NotRequired[str]
    b: NotRequired[str]


def state(battle: BlindBattle) -> dict[str, Any]:
    return {"type": "state", "battle": battle}


def answer(*, turn: int, side: str, html: str) -> dict[str, Any]:
    return {"type": "answer", "turn": turn, "side": side, "state": "complete", "html": html}


def again(*, turn: int, side: str) -> dict[str, Any]:
    return {"type": "again", "turn": turn, "side": side}


def votable() -> dict[str, Any]:
    return {"type": "votable"}


def ended(*, reason: str, message: str) -> dict[str, Any]:
    return {"type": "ended", "reason": reason, "message": message}


def error(refusal: Refused) -> dict[str, Any]:
    return {"type": "error", "code": refusal.code, "message": refusal.message}
