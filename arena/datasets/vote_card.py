"""The card of a file of votes: what its README.md says to people and, in its header, to `datasets`."""

from __future__ import annotations

from django.conf import settings

from arena.datasets.manifest import VoteManifest

MEANINGS = {
    "id": "the battle",
    "vote": "number of the vote",
    "timestamp": "when it was cast, UTC",
    "model_a": "the model shown on side A",
    "model_b": "the model shown on side B",
    "winner": "`model_a`, `model_b`, `tie` or `both_bad`; *both bad* is no tie",
    "winner_content": "the same of what the answers say; null where the voter did not tell",
    "winner_quality": "the same of how well they say it",
    "pair_probability": "with which the unordered pair was drawn; sides are drawn by a fair coin",
    "redrawn": "a side failed and was drawn again: leave such battles out of a test of the draw",
    "repeat": "the answers had been shown to somebody before; such votes measure agreement and are in no board",
    "turns": "questions asked in the battle",
    "language": "of the battle, BCP-47",
    "variety": "dialect and script, BCP-47; empty where none was named",
    "interface_language": "in which the voter saw the site",
    "category": "of the prompt; empty for the voter's own",
    "revision": "hash of the weights, or the provider's version",
    "decoding": "decoding parameters, as JSON",
    "first_token_ms": "time to the first token of the first turn",
    "tokens": "of the last answer, as the model's engine counts",
    "characters": "of the last answer: code points of NFC",
    "headers": "of the last answer: Markdown headers",
    "lists": "of the last answer: list items",
    "bold": "of the last answer: bold spans",
    "detected_language": "of the last answer, BCP-47; empty for unknown",
    "wrong_language": "whether the last answer is in another language than the battle; null for unknown",
    "tags": "what the voter ticked of this side's answers; null where the voter said nothing of it",
    "dwell_ms": "from the last answer's end to the vote, as the browser measured it",
    "consent_version": "of the text that the voter agreed to",
    "voter": "a pseudonym, the same within this export and another in any other",
    "population": "`people`, or `simulated` for votes cast by a program",
    "simulated": "whether a program cast it",
    "comment": "what the voter wrote of this side's answers; null where the voter said nothing of it",
    "conversation": "what the voter and this side said to each other",
}
_FOREIGN = {
    "lmsys": (
        "`judge` is the voter's pseudonym, `tie (bothbad)` says that neither answer is good, `tstamp` is in seconds. "
        "`openai_moderation` and `toxic_chat_tag` are null: nothing was sent to a third party to be judged."
    ),
    "arena140k": (
        "`evaluation_session_id` is the voter's pseudonym and `evaluation_order` the place among the voter's votes. "
        "Counts in `conv_metadata` are sums over all answers, tokens as each model's engine counts them. The voter's "
        "tokens, the context's, `category_tag` and `is_code` are null: they were not measured."
    ),
    "ebaluatoia": (
        "`username` is the voter's pseudonym and `winner_language` the vote on how well the answers are written. "
        "`user_language` and `user_education` are null: nobody is asked. A winner may be `both_bad`, which the "
        "original does not have: to call it a tie would move ratings."
    ),
}


def vote_card(manifest: VoteManifest) -> str:
    """README.md of the file, in Markdown."""
    return "\n".join([_header(manifest), _what(manifest), _columns(manifest), _figures(manifest), _limits(manifest)])


def _header(manifest: VoteManifest) -> str:
    files = (
        f"\nconfigs:\n- config_name: default\n  data_files:\n  - split: votes\n    path: {manifest.file}"
        if manifest.file
        else ""
    )
    languages = "\n".join(f"- {language}" for language in manifest.languages or [settings.CONTENT_LANGUAGE])
    return f"""---
pretty_name: Votes of {settings.SITE_NAME}
license: {manifest.licence}
language:
{languages}
size_categories:
- {_size(manifest.votes)}
tags:
- human-feedback
- preference
- arena{files}
---
"""


def _size(votes: int) -> str:
    """As the Hugging Face Hub puts it."""
    for limit, name in ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")):
        if votes < limit:
            return name
    return "1M<n<10M" if votes < 10_000_000 else "10M<n<100M"


def _what(manifest: VoteManifest) -> str:
    like = f" It has the columns of `{manifest.like}`. {_FOREIGN[manifest.schema]}" if manifest.like else ""
    simulated = "\n\n**With votes of simulated voters.**" if manifest.simulated else ""
    texts = "with the conversations" if manifest.conversations else "without the texts"
    return f"""# Votes of {settings.SITE_NAME}

Blind votes on pairs of answers, {texts}, from {settings.SITE_URL}; board: `{manifest.board}`.{like}{simulated}
"""


def _columns(manifest: VoteManifest) -> str:
    ours = not manifest.like
    rows = "\n".join(
        f"| `{name}` | `{kind}` |" + (f" {MEANINGS[_without_side(name)]} |" if ours else "")
        for name, kind in manifest.columns.items()
    )
    head = "| column | type | meaning |\n| --- | --- | --- |" if ours else "| column | type |\n| --- | --- |"
    return f"## Columns\n\n{head}\n{rows}\n"


def _without_side(name: str) -> str:
    return name if name in MEANINGS else name.removesuffix("_a").removesuffix("_b")


def _figures(manifest: VoteManifest) -> str:
    outcomes = "\n".join(f"| {name} | {number} |" for name, number in manifest.outcomes.items())
    languages = "\n".join(f"| {name} | {number} |" for name, number in manifest.languages.items())
    return f"""## Counts

{manifest.votes} votes of {manifest.voters} voters, from {manifest.first or "–"} to {manifest.last or "–"}.

| outcome | votes |
| --- | --- |
{outcomes}

| language | votes |
| --- | --- |
{languages}

The board of these votes alone has the hash `{manifest.hash}`. The site's board then counted
{manifest.site_votes} votes, also those of people who did not agree to publication, and has the hash
`{manifest.site_hash}`. A hash is the SHA-256 of the counts by ordered pair of models;
`python manage.py leaderboard --votes FILE` prints it. Made by Harea {manifest.code_version}.
"""


def _limits(manifest: VoteManifest) -> str:
    texts = (
        "The texts were not searched for personal data: search them before you publish them. "
        "Answers may be bound by the terms of the models that wrote them."
        if manifest.conversations
        else "It holds no texts."
    )
    return f"""## Licence and consent

Licence: {manifest.licence}. Everybody in this file agreed to publication as an open data set, and has not withdrawn
since. Whoever withdraws leaves the next export: make this one anew before you publish it. {texts}

## Known limits

- Voters came of their own accord. They are not a sample of those who speak the language.
- Votes of voters whom an organiser has excluded, repeated battles and withdrawn votes are left out.
- Pairs are not drawn alike often; where that matters, weigh votes by the inverse of `pair_probability` (our own schema
  has it).
- A detected language is a program's guess. What it could not tell is unknown, not right.
- Nobody can tell a voter who knows a model by its style and spreads a few votes for it over many pairs.
"""
