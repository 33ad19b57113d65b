"""Measurements: `make bench`."""

import os

# As the site has it (`arena/__init__.py`); read once, when numpy is imported. The peers gain by it too.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
