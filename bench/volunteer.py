"""A volunteer without a browser: from the consent to the first vote, by the pages' own addresses."""

from __future__ import annotations

import json
import uuid

import aiohttp

# Far above any limit of the site's own: a site that is slow is measured, one that hangs is found out.
SECONDS = 300


async def first_vote(root: str, prompt: str = "Zer jaten da gosaltzeko Euskal Herrian?") -> None:
    """Give consent, open a battle, read both answers, vote. Raises where a newcomer would be stuck."""
    jar = aiohttp.CookieJar(unsafe=True)  # the site's address has no name
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=timeout, raise_for_status=True) as browser:
        await (await browser.get(f"{root}/consent/")).read()
        await (await browser.post(f"{root}/consent/", data={"scope": "all"}, headers=_csrf(jar, root))).read()
        battle = await _read_answers(browser, root, prompt)
        vote = {"outcome": "tie", "key": str(uuid.uuid4()), "dwell_ms": None}
        async with browser.post(f"{root}/battles/{battle}/vote/", json=vote, headers=_csrf(jar, root)) as response:
            assert (await response.json())["models"].keys() == {"a", "b"}, "a vote is answered with the reveal"


async def _read_answers(browser: aiohttp.ClientSession, root: str, prompt: str) -> str:
    """The battle's id, once it may be voted on."""
    battle = ""
    async with browser.ws_connect(f"{root}/ws/arena/", origin=root) as socket:
        await socket.send_json({"type": "open", "text": prompt, "prompt": None})
        async for frame in socket:
            message = json.loads(frame.data)
            match message["type"]:
                case "state":
                    battle = message["battle"]["id"]
                case "votable":
                    return battle
                case "error" | "ended":
                    raise RuntimeError(message)
    raise RuntimeError("the site closed the connection in the middle of a battle")


def _csrf(jar: aiohttp.CookieJar, root: str) -> dict[str, str]:
    token = next(cookie.value for cookie in jar if cookie.key == "csrftoken")
    return {"X-CSRFToken": token, "Referer": f"{root}/"}
