"""Celery's filesystem broker, with messages that appear whole.

kombu's own writes a message under the name under which a worker takes it: a worker that looks at the wrong moment
reads half a message and dies of it (seen on a busy machine, kombu 5).
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **_options: Any) -> None:  # type: ignore[override]
        """Write the message under a hidden name, which no worker takes, then give it its own."""
        # Workers take the smallest name first.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / f".{name}"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / name)


class Transport(filesystem.Transport):
    Channel = Channel


def use_whole_messages() -> None:
    """Put this transport in the place of kombu's, under the same name."""
    TRANSPORT_ALIASES["filesystem"] = f"{Transport.__module__}:{Transport.__name__}"
