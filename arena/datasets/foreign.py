"""Our votes in the columns of three other arenas, so that whoever reads theirs reads ours.

What we do not measure is null; without conversations, theirs are empty lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import get_language_info

from arena.datasets.batches import Batch, mapped
from arena.datasets.votes import MESSAGES, WINNERS, coded, messages, turn_offsets
from arena.models.battles import Outcome, Side

# lmsys/chatbot_arena_conversations

LMSYS_WINNERS = {**WINNERS, Outcome.BOTH_BAD: "tie (bothbad)"}
_MODERATED = [
    "harassment", "harassment/threatening", "hate", "hate/threatening", "self-harm", "self-harm/instructions",
    "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
]  # fmt: skip
LMSYS_SCHEMA = pa.schema(
    [
        ("question_id", pa.string()),
        ("model_a", pa.string()),
        ("model_b", pa.string()),
        ("winner", pa.string()),
        ("judge", pa.string()),
        ("conversation_a", MESSAGES),
        ("conversation_b", MESSAGES),
        ("turn", pa.int64()),
        ("anony", pa.bool_()),
        ("language", pa.string()),
        ("tstamp", pa.float64()),
        (
            "openai_moderation",
            pa.struct(
                [
                    ("categories", pa.struct([(name, pa.bool_()) for name in _MODERATED])),
                    ("category_scores", pa.struct([(name, pa.float64()) for name in _MODERATED])),
                    ("flagged", pa.bool_()),
                ]
            ),
        ),
        (
            "toxic_chat_tag",
            pa.struct(
                [
                    ("roberta-large", pa.struct([("flagged", pa.bool_()), ("probability", pa.float64())])),
                    ("t5-large", pa.struct([("flagged", pa.bool_()), ("score", pa.float64())])),
                ]
            ),
        ),
    ]
)


def lmsys_table(batch: Batch, *, conversations: bool) -> pa.Table:
    """Languages by their English names, moments as seconds since 1970."""
    votes = batch.votes
    columns = {
        "question_id": votes["battle"],
        "model_a": votes["model_a"],
        "model_b": votes["model_b"],
        "winner": coded(votes["outcome"], LMSYS_WINNERS),
        "judge": votes["voter"],
        "turn": _turns(batch),
        "anony": pa.repeat(True, len(votes)),
        "language": mapped(votes["language"], _english_name),
        "tstamp": pc.divide(_moments(votes["timestamp"]).cast(pa.int64()), 1e6),
    }
    if conversations:
        columns |= {f"conversation_{side}": messages(batch, side) for side in Side.values}
    return _filled(columns, LMSYS_SCHEMA, len(votes))


def _english_name(tag: str) -> str:
    try:
        return str(get_language_info(tag)["name"])
    except KeyError:
        return tag


# HiTZ/ebaluatoia

EBALUATOIA_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("username", pa.string()),
        ("user_language", pa.string()),
        ("user_education", pa.string()),
        ("timestamp", pa.string()),
        ("model_a", pa.string()),
        ("model_b", pa.string()),
        ("conv_a", MESSAGES),
        ("conv_b", MESSAGES),
        ("winner", pa.string()),
        ("winner_content", pa.string()),
        ("winner_language", pa.string()),
    ]
)


def ebaluatoia_table(batch: Batch, *, conversations: bool) -> pa.Table:
    """With `both_bad`, a winner that the original does not know: to call it a tie would move ratings."""
    votes = batch.votes
    columns = {
        "id": votes["battle"],
        "username": votes["voter"],
        "timestamp": votes["timestamp"],
        "model_a": votes["model_a"],
        "model_b": votes["model_b"],
        "winner": coded(votes["outcome"], WINNERS),
        "winner_content": coded(votes["content"], WINNERS),
        "winner_language": coded(votes["quality"], WINNERS),
    }
    if conversations:
        columns |= {f"conv_{side}": messages(batch, side) for side in Side.values}
    return _filled(columns, EBALUATOIA_SCHEMA, len(votes))


# lmarena-ai/arena-human-preference-140k

_PART = [("type", pa.string()), ("text", pa.string()), ("image", pa.string()), ("mimeType", pa.string())]
_MESSAGE = pa.struct([("role", pa.string()), ("content", pa.list_(pa.struct(_PART)))])
_HEADERS = {f"h{level}": rf"(?m)^ {{0,3}}#{{{level}}}[ \t]+[^\s\pZ]" for level in range(1, 7)}
_LISTS = {"ordered": r"(?m)^[ \t]*\p{Nd}{1,9}[.)][ \t]+[^\s\pZ]", "unordered": r"(?m)^[ \t]*[-*+•][ \t]+[^\s\pZ]"}
_BOLD = {"**": r"\*\*[^*\s\pZ][^*\n]*\*\*", "__": r"__[^_\s\pZ][^_\n]*__"}
_MARKS = {"header_count": _HEADERS, "list_count": _LISTS, "bold_count": _BOLD}
# What stands in a fence is code: its # and * are no Markdown.
_FENCED = r"(?ms)^ {0,3}(?:```.*?(?:^ {0,3}```|\z)|~~~.*?(?:^ {0,3}~~~|\z))"


def _counts_type(side: str) -> list[pa.Field]:
    marks = [(f"{name}_{side}", pa.struct([(mark, pa.int64()) for mark in found])) for name, found in _MARKS.items()]
    sums = [(f"sum_assistant_{side}_tokens", pa.int64()), (f"context_{side}_tokens", pa.int64())]
    return [pa.field(*field) for field in [*sums, *marks]]


ARENA140K_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("model_a", pa.string()),
        ("model_b", pa.string()),
        ("winner", pa.string()),
        ("evaluation_session_id", pa.string()),
        ("evaluation_order", pa.int64()),
        ("conversation_a", pa.list_(_MESSAGE)),
        ("conversation_b", pa.list_(_MESSAGE)),
        (
            "full_conversation",
            pa.list_(pa.struct([("user", _MESSAGE), ("model_side_a", _MESSAGE), ("model_side_b", _MESSAGE)])),
        ),
        (
            "conv_metadata",
            pa.struct(
                [("sum_user_tokens", pa.int64()), ("turns", pa.int64()), *_counts_type("a"), *_counts_type("b")],
            ),
        ),
        (
            "category_tag",
            pa.struct(
                [
                    ("creative_writing_v0.1", pa.struct([("creative_writing", pa.bool_()), ("score", pa.string())])),
                    (
                        "criteria_v0.1",
                        pa.struct(
                            [
                                (name, pa.bool_())
                                for name in (
                                    "complexity", "creativity", "domain_knowledge", "problem_solving", "real_world",
                                    "specificity", "technical_accuracy",
                                )
                            ]
                        ),
                    ),
                    ("if_v0.1", pa.struct([("if", pa.bool_()), ("score", pa.int64())])),
                    ("math_v0.1", pa.struct([("math", pa.bool_())])),
                ]
            ),
        ),
        ("language", pa.string()),
        ("is_code", pa.bool_()),
        ("timestamp", pa.timestamp("us")),
    ]
)  # fmt: skip


def arena140k_table(batch: Batch, *, conversations: bool) -> pa.Table:
    """All votes of one voter are one evaluation session; `in_sessions` numbers them."""
    votes = batch.votes
    columns = {
        "id": votes["battle"],
        "model_a": votes["model_a"],
        "model_b": votes["model_b"],
        "winner": coded(votes["outcome"], WINNERS),
        "evaluation_session_id": votes["voter"],
        "conv_metadata": _metadata(batch),
        "language": votes["language"],
        "timestamp": _moments(votes["timestamp"]),
    }
    if conversations:
        columns |= _conversations(batch)
    return _filled(columns, ARENA140K_SCHEMA, len(votes))


def in_sessions(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """With `evaluation_order`: which vote of its voter each is, from 1."""
    seen: Counter[str] = Counter()
    place = ARENA140K_SCHEMA.get_field_index("evaluation_order")
    for table in tables:
        order = []
        for voter in table["evaluation_session_id"].to_pylist():
            seen[voter] += 1
            order.append(seen[voter])
        yield table.set_column(place, ARENA140K_SCHEMA.field(place), pa.array(order, pa.int64()))


def _metadata(batch: Batch) -> pa.Array:
    """Sums over all answers of a battle, as the original counts them; tokens as each model's engine did."""
    columns: dict[str, pa.Array] = {"turns": _turns(batch)}
    for side in Side.values:
        prose = pc.replace_substring_regex(batch.turns[f"text_{side}"], _FENCED, "")
        columns[f"sum_assistant_{side}_tokens"] = _sums(batch, batch.turns[f"tokens_{side}"])
        for name, patterns in _MARKS.items():
            counts = [_sums(batch, pc.count_substring_regex(prose, pattern)) for pattern in patterns.values()]
            columns[f"{name}_{side}"] = pa.StructArray.from_arrays(counts, list(patterns))
    kind = ARENA140K_SCHEMA.field("conv_metadata").type
    fields = [columns.get(field.name, pa.nulls(len(batch.votes), field.type)) for field in kind]
    return pa.StructArray.from_arrays(fields, fields=list(kind))


def _sums(batch: Batch, of_turns: pa.ChunkedArray) -> pa.Array:
    numbers = pc.fill_null(of_turns, 0).to_numpy().astype(np.int64)
    return pa.array(np.add.reduceat(numbers, batch.first.to_numpy()))


def _conversations(batch: Batch) -> dict[str, pa.Array]:
    user = _spoken("user", batch.turns["question"])
    answers = {side: _spoken("assistant", batch.turns[f"text_{side}"]) for side in Side.values}
    order = np.arange(2 * batch.turns.num_rows).reshape(2, -1).T.ravel()
    columns = {
        f"conversation_{side}": pa.ListArray.from_arrays(
            turn_offsets(batch, each=2), pa.concat_arrays([user, said]).take(pa.array(order))
        )
        for side, said in answers.items()
    }
    together = pa.StructArray.from_arrays(
        [user, answers[Side.A], answers[Side.B]], ["user", "model_side_a", "model_side_b"]
    )
    return {**columns, "full_conversation": pa.ListArray.from_arrays(turn_offsets(batch), together)}


def _spoken(role: str, texts: pa.ChunkedArray) -> pa.Array:
    """Messages of one text each."""
    number = len(texts)
    nothing = pa.nulls(number, pa.string())
    parts = pa.StructArray.from_arrays(
        [pa.repeat("text", number), texts.combine_chunks(), nothing, nothing],
        fields=[pa.field(*part) for part in _PART],
    )
    content = pa.ListArray.from_arrays(pa.array(range(number + 1), pa.int32()), parts)
    return pa.StructArray.from_arrays([pa.repeat(role, number), content], fields=list(_MESSAGE))


# All three


def _moments(iso: pa.ChunkedArray) -> pa.ChunkedArray:
    """In UTC, without saying so: neither original does."""
    return pc.replace_substring(iso, "+00:00", "").cast(pa.timestamp("us"))


def _turns(batch: Batch) -> pa.Array:
    return pc.add(pc.subtract(batch.last, batch.first), 1)


def _filled(columns: dict[str, pa.Array], schema: pa.Schema, rows: int) -> pa.Table:
    """With empty lists and nulls for what is missing."""
    arrays = []
    for field in schema:
        column = columns.get(field.name)
        if column is None and pa.types.is_list(field.type):
            column = pa.ListArray.from_arrays(
                pa.repeat(pa.scalar(0, pa.int32()), rows + 1), pa.array([], field.type.value_type)
            )
        arrays.append(pa.nulls(rows, field.type) if column is None else column)
    return pa.table(arrays, schema)
