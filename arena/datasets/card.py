"""The card of an exported data set: its YAML header tells `datasets` which files are which split."""

from __future__ import annotations

from django.conf import settings

from arena.datasets.manifest import Manifest

_TITLES = {
    "dpo": "Preference pairs",
    "kto": "Judged answers",
    "votes": "Votes",
}
_COLUMNS = {
    "dpo": "`prompt`, `chosen` and `rejected` are lists of chat messages: TRL's conversational format.",
    "kto": "`prompt` and `completion` are lists of chat messages; `label` says whether the answer was found good.",
    "votes": "One row a vote; `conversation_a` and `conversation_b` are lists of chat messages, A as it was shown.",
}
_TERMS = {
    "dpo": "Everybody in it agreed to training. Not everybody agreed to publication: do not publish this folder.",
    "votes": "Everybody in it agreed to publication. The texts were not searched for personal data.",
}
_REASONS = {
    "both_bad": "both answers were found bad",
    "identical": "both answers were the same",
    "no_consent": "no consent to training, or withdrawn",
    "other_language": "the preferred answer is in another language",
    "tie": "both answers were found equally good",
}


def card(manifest: Manifest) -> str:
    """README.md of the data set, in Markdown."""
    files = "".join(f"  - split: {split}\n    path: {split}.parquet\n" for split in manifest.counts)
    counts = "".join(f"| {split} | {number} |\n" for split, number in manifest.counts.items())
    left_out = "".join(f"| {_REASONS[reason]} | {number} |\n" for reason, number in manifest.left_out.items())
    return f"""---
pretty_name: {_TITLES[manifest.format]} of {settings.SITE_NAME}
language:
- {settings.CONTENT_LANGUAGE}
configs:
- config_name: default
  data_files:
{files}---

# {_TITLES[manifest.format]} of {settings.SITE_NAME}

Blind votes on pairs of answers, as exported from {settings.SITE_URL}. {_COLUMNS[manifest.format]}

{_TERMS.get(manifest.format, _TERMS["dpo"])}
{_about_voters(manifest)}
| split | rows |
| --- | --- |
{counts}
Prompts of the hold-out are in no split but `test`, which is never trained on.

| votes left out because | votes |
| --- | --- |
{left_out}
`manifest.json` names every vote; the SHA-256 of the rows is `{manifest.hash}`. Made by Harea {manifest.code_version}.
"""


def _about_voters(manifest: Manifest) -> str:
    return "\n**With votes of simulated voters.**\n" if manifest.parameters["simulated"] else ""
