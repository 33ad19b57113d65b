"""The arena: people judge two anonymous answers; their votes make a leaderboard and preference data."""

import os

# Boards are small matrices. A second thread gains nothing there, and on a busy machine the two wait for each other:
# a board of 100 models took 45 ms instead of 8. Read once, when numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Arrow's own allocator keeps what it has freed, for each thread: an export took 50 MB more.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

from arena.celery import app as celery_app

__all__ = ["celery_app"]
