"""The arena: people judge two anonymous answers; their votes make a leaderboard and preference data."""

from arena.celery import app as celery_app

__all__ = ["celery_app"]
