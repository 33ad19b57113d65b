"""From votes to a data set on disk: preference pairs (DPO), judged answers (KTO), or the votes themselves.

    python manage.py export_preferences --format dpo --out pairs/

Which votes are used, and why others are left out, is told by the manifest beside the data.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db.models import Q
from django.utils.translation import gettext as _

from arena.datasets.card import card
from arena.datasets.judgement import Judgement, LeftOut, judgement_of
from arena.datasets.manifest import Manifest
from arena.datasets.tables import as_json_lines, as_parquet
from arena.datasets.votes import CONVERSATION_SCHEMA, MESSAGES, publishable_votes, vote_rows
from arena.errors import Refused
from arena.models import Prompt, Vote
from arena.models.battles import VoteQuerySet
from serving.models import LanguageModel
from serving.version import code_version

FORMATS = ("dpo", "kto", "votes")
Rows = list[dict[str, Any]]

_ABOUT = [
    ("vote", pa.int64()),
    ("battle", pa.string()),
    ("turn", pa.int64()),
    ("language", pa.string()),
    ("category", pa.string()),
    ("timestamp", pa.string()),
    ("simulated", pa.bool_()),
]
SCHEMAS = {
    "dpo": pa.schema(
        [
            ("prompt", MESSAGES),
            ("chosen", MESSAGES),
            ("rejected", MESSAGES),
            ("chosen_model", pa.string()),
            ("rejected_model", pa.string()),
            ("chosen_revision", pa.string()),
            ("rejected_revision", pa.string()),
            ("chosen_side", pa.string()),
            *_ABOUT,
        ]
    ),
    "kto": pa.schema(
        [
            ("prompt", MESSAGES),
            ("completion", MESSAGES),
            ("label", pa.bool_()),
            ("model", pa.string()),
            ("revision", pa.string()),
            ("side", pa.string()),
            *_ABOUT,
        ]
    ),
    "votes": CONVERSATION_SCHEMA,
}


@dataclass
class Gathered:
    """Rows and votes by split, and how many votes were left out for which reason."""

    rows: dict[str, Rows] = field(default_factory=dict)
    votes: dict[str, list[int]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, split: str, vote: int, rows: Rows) -> None:
        self.rows.setdefault(split, []).extend(rows)
        self.votes.setdefault(split, []).append(vote)


def export_preferences(
    *,
    format: str,  # noqa: A002
    out: Path,
    model: str | None,
    since: date | None,
    simulated: bool,
) -> Manifest:
    """Write the data set into the new folder `out`: whole, or not at all.

    `model` keeps the battles it fought in, `since` those voted on that day (UTC) or later; `simulated` adds the
    simulated voters' to the people's. Raises Refused, with one sentence, where there is nothing to write or no way
    to write it.
    """
    gathered = gather(format=format, model=model, since=since, simulated=simulated)
    if not any(split != "test" for split in gathered.rows):
        raise Refused("no_votes", _nothing(gathered))
    lines = {split: as_json_lines(rows) for split, rows in gathered.rows.items()}
    manifest = Manifest(
        format=format,
        pairs=sum(len(rows) for split, rows in gathered.rows.items() if split != "test"),
        votes=[vote for split, votes in gathered.votes.items() if split != "test" for vote in votes],
        test_votes=gathered.votes.get("test", []),
        counts={split: len(rows) for split, rows in gathered.rows.items()},
        left_out=dict(sorted(gathered.left_out.items())),
        hash=hashlib.sha256(b"".join(split.encode() + b"\n" + lines[split] for split in sorted(lines))).hexdigest(),
        parameters={"model": model, "since": since.isoformat() if since else None, "simulated": simulated},
        code_version=code_version(),
    )
    files = {f"{split}.jsonl": text for split, text in lines.items()}
    files |= {f"{split}.parquet": as_parquet(rows, SCHEMAS[format]) for split, rows in gathered.rows.items()}
    files["manifest.json"] = json.dumps(asdict(manifest), ensure_ascii=False, indent=2).encode()
    files["README.md"] = card(manifest).encode()
    _write_folder(out, files)
    return manifest


def gather(*, format: str, model: str | None, since: date | None, simulated: bool) -> Gathered:  # noqa: A002
    """Read the votes and sort them into splits, without writing anything."""
    if format not in FORMATS:
        raise Refused("format", _("The format is one of: %(formats)s.") % {"formats": ", ".join(FORMATS)})
    if model is not None and not LanguageModel.objects.filter(name=model).exists():
        raise Refused("model_unknown", _("There is no model called %(model)s.") % {"model": model}, status=404)
    if format == "votes":
        return _gather_votes(_chosen(publishable_votes(simulated=simulated), model, since))
    make = _dpo_rows if format == "dpo" else _kto_rows
    return _gather_preferences(_chosen(Vote.objects.counted(simulated=simulated), model, since), make)


def _chosen(votes: VoteQuerySet, model: str | None, since: date | None) -> VoteQuerySet:
    if model is not None:
        votes = votes.filter(Q(model_a__name=model) | Q(model_b__name=model))
    return votes if since is None else votes.filter(created_at__gte=datetime.combine(since, time.min, UTC))


def _gather_votes(votes: VoteQuerySet) -> Gathered:
    gathered = Gathered()
    for row in vote_rows(votes, conversations=True):
        gathered.add("votes", row["vote"], [row])
    return gathered


def _gather_preferences(votes: VoteQuerySet, make: Callable[[Judgement], Rows]) -> Gathered:
    gathered = Gathered()
    held_out = Prompt.objects.held_out_hashes()
    for vote in _with_battles(votes):
        try:
            judgement = judgement_of(vote, held_out=held_out)
            rows = make(judgement)
        except LeftOut as reason:
            gathered.left_out[str(reason)] += 1
        else:
            gathered.add("test" if judgement.held_out else "train", vote.pk, rows)
    return gathered


def _with_battles(votes: VoteQuerySet) -> Iterator[Vote]:
    related = votes.select_related("battle__consent", "model_a", "model_b").order_by("pk")
    return related.prefetch_related("battle__turns__answers").iterator(chunk_size=500)


def _dpo_rows(judgement: Judgement) -> Rows:
    """One pair of a decided vote; a tie or *both bad* says nothing about which is better."""
    if judgement.chosen_side is None:
        raise LeftOut("both_bad")
    side = judgement.chosen_side
    other = "b" if side == "a" else "a"
    chosen, rejected = judgement.answers[side], judgement.answers[other]
    return [
        {
            "prompt": judgement.prompt,
            "chosen": _said(chosen.text),
            "rejected": _said(rejected.text),
            "chosen_model": judgement.models[side],
            "rejected_model": judgement.models[other],
            "chosen_revision": chosen.revision,
            "rejected_revision": rejected.revision,
            "chosen_side": side,
            **judgement.about,
        }
    ]


def _kto_rows(judgement: Judgement) -> Rows:
    """A decided vote makes a good and a bad answer, *both bad* two bad ones."""
    return [
        {
            "prompt": judgement.prompt,
            "completion": _said(answer.text),
            "label": side == judgement.chosen_side,
            "model": judgement.models[side],
            "revision": answer.revision,
            "side": side,
            **judgement.about,
        }
        for side, answer in judgement.answers.items()
    ]


def _said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def _nothing(gathered: Gathered) -> str:
    """Why there is nothing to write, in one sentence."""
    left_out = gathered.left_out + Counter({"held_out": len(gathered.votes.get("test", []))})
    if not left_out:
        return _("There are no votes to export.")
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(left_out.items()))
    return _("No vote can be used; left out: %(reasons)s.") % {"reasons": reasons}


def _write_folder(out: Path, files: dict[str, bytes]) -> None:
    """Write the files into a folder beside `out` and give it its name at the end. Raises Refused on any failure."""
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise Refused("out_exists", _("%(path)s is there already; name a new folder.") % {"path": out}, status=409)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.", ignore_cleanup_errors=True) as name:
            unfinished = Path(name) / out.name
            unfinished.mkdir()
            for file, content in files.items():
                (unfinished / file).write_bytes(content)
            unfinished.rename(out)
    except OSError as error:
        message = _("The data set could not be written to %(path)s: %(reason)s. Nothing was kept.")
        raise Refused("not_written", message % {"path": out, "reason": error.strerror or error}, status=507) from error
