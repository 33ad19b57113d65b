"""Where the data sets lie that are shared beside the repository, where they do."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("HAREA_DATA") or ROOT.parent / "shared" / "data")
