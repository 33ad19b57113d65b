"""The arena's tables, in the order a volunteer meets them."""

from arena.models.battles import Answer, Battle, BoardVersion, PairCount, Turn, Vote
from arena.models.exports import Export
from arena.models.people import Consent, Exclusion, Participant
from arena.models.prompts import Prompt
from arena.models.proposals import PromptProposal
from arena.models.remarks import Remark
from arena.models.standings import Leaderboard, Standing, WorkerBeat

__all__ = [
    "Answer",
    "Battle",
    "BoardVersion",
    "Consent",
    "Exclusion",
    "Export",
    "Leaderboard",
    "PairCount",
    "Participant",
    "Prompt",
    "PromptProposal",
    "Remark",
    "Standing",
    "Turn",
    "Vote",
    "WorkerBeat",
]
