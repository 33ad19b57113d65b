"""The arena's tables, in the order a volunteer meets them."""

from arena.models.battles import Answer, Battle, PairCount, Turn, Vote
from arena.models.people import Consent, Participant
from arena.models.prompts import Prompt
from arena.models.standings import Leaderboard, Standing, WorkerBeat

__all__ = [
    "Answer",
    "Battle",
    "Consent",
    "Leaderboard",
    "PairCount",
    "Participant",
    "Prompt",
    "Standing",
    "Turn",
    "Vote",
    "WorkerBeat",
]
