"""Files that are sent while they are made: however large, memory holds a piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def streamed(request: HttpRequest, pieces: Iterator[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """A download called `name`. Under ASGI Django would first gather a plain iterator's pieces, all of them."""
    content = _one_by_one(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    try:
        while (piece := await sync_to_async(_next)(pieces)) is not None:
            yield piece
    finally:
        # A visitor who has gone away ends the reading too.
        if isinstance(pieces, Generator):
            await sync_to_async(pieces.close)()


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
