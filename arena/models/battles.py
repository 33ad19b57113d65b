"""A battle: one prompt, two hidden models, up to a few turns, one vote.

States move only by conditional update; the constraints here say what can never be.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from arena.models.keys import time_ordered_uuid
from arena.models.people import Consent, Participant
from arena.models.prompts import Prompt
from serving.models import LanguageModel


class Side(models.TextChoices):
    A = "a", "A"
    B = "b", "B"


class Outcome(models.TextChoices):
    A = "a", _("A is better")
    TIE = "tie", _("Both are equally good")
    BOTH_BAD = "both_bad", _("Both are bad")
    B = "b", _("B is better")


class Axis(models.TextChoices):
    """What a vote judges: the answers as a whole, or only what they say, or only how well they say it."""

    OVERALL = "overall", _("overall")
    CONTENT = "content", _("content")
    QUALITY = "quality", _("language quality")


class Population(models.TextChoices):
    """Whose votes a count holds. A voter whom an organiser excludes moves from people to excluded, and back.

    What somebody votes on one day beyond COUNTED_VOTES_A_DAY is surplus for good: kept, and on no board.
    """

    PEOPLE = "people", _("people")
    SIMULATED = "simulated", _("simulated voters")
    EXCLUDED = "excluded", _("excluded voters")
    SURPLUS = "surplus", _("votes beyond a voter's daily number")

    @classmethod
    def counted(cls, *, simulated: bool, excluded: bool) -> list[Population]:
        """Those whose votes enter a board: the people's, and the others' where they are asked for."""
        return [cls.PEOPLE, *([cls.SIMULATED] if simulated else []), *([cls.EXCLUDED] if excluded else [])]


class SkipReason(models.TextChoices):
    """Why somebody did not judge a battle, as the page offers it."""

    CANNOT_JUDGE = "cannot_judge", _("I cannot judge this topic")
    SAME = "same", _("Both say the same")
    PERSONAL = "personal", _("Something personal is in it")
    OFFENSIVE = "offensive", _("An answer is offensive")
    TECHNICAL = "technical", _("Something does not work")
    OTHER = "other", _("Another reason")


class BattleQuerySet(models.QuerySet["Battle"]):
    def visible_to(self, participant: Participant) -> BattleQuerySet:
        return self.filter(participant=participant)

    def open(self) -> BattleQuerySet:
        return self.filter(state=Battle.State.OPEN)


class Battle(models.Model):
    """Two models drawn for one participant. `model_a` and `model_b` leave the server only after the vote."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        VOTED = "voted", _("voted")
        ENDED = "ended", _("ended without a vote")

    class EndReason(models.TextChoices):
        FAILED = "failed", _("a side could not answer")
        ABANDONED = "abandoned", _("left without a vote")
        SKIPPED = "skipped", _("skipped")

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="battles")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="battles")
    prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.SET_NULL)
    # Shows the answers of an earlier battle to another voter, to measure how far voters agree; never counted.
    repeats = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeated_by")
    language = models.CharField(max_length=35)
    # Dialect and script as a BCP-47 tag under `language`; "" where none was named.
    variety = models.CharField(max_length=35, blank=True)
    category = models.SlugField(max_length=40, blank=True)
    interface_language = models.CharField(max_length=35)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    end_reason = models.CharField(max_length=10, choices=EndReason.choices, blank=True)
    # Why it was skipped; a withdrawal erases it.
    skip_reason = models.CharField(max_length=12, choices=SkipReason.choices, blank=True)
    model_a = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="+")
    model_b = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="+")
    # Probability with which the unordered pair was drawn; sides are always drawn 50/50 after it.
    pair_probability = models.FloatField()
    # A side that failed was drawn again: the audit of the sampler leaves such battles out.
    redrawn = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False)
    # Whoever has it may read the battle; the voter makes it, after the vote.
    share_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BattleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(model_a=models.F("model_b")), name="a_model_never_meets_itself"),
            models.CheckConstraint(
                condition=models.Q(pair_probability__gt=0, pair_probability__lte=1), name="a_pair_was_possible"
            ),
            models.CheckConstraint(
                condition=models.Q(skip_reason="") | models.Q(skip_reason__in=SkipReason.values, end_reason="skipped"),
                name="only_a_skip_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def model_on(self, side: str) -> LanguageModel:
        return self.model_a if side == Side.A else self.model_b


class Turn(models.Model):
    """One message of the participant; both sides answer it."""

    battle = models.ForeignKey(Battle, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["battle", "number"], name="one_turn_per_number")]

    def __str__(self) -> str:
        return f"{self.battle_id} #{self.number}"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def complete(self) -> AnswerQuerySet:
        return self.filter(state=Answer.State.COMPLETE)

    def underway(self) -> AnswerQuerySet:
        return self.filter(state=Answer.State.STREAMING)


class Answer(models.Model):
    """One attempt of one side at one turn. Only a complete one is ever shown as an answer."""

    class State(models.TextChoices):
        STREAMING = "streaming", _("streaming")
        COMPLETE = "complete", _("complete")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Failure(models.TextChoices):
        UNREACHABLE = "unreachable", _("the engine could not be reached")
        REFUSED = "refused", _("the engine refused the request")
        SLOW = "slow", _("the first token took too long")
        HUNG = "hung", _("the answer stopped in the middle")
        LONG = "long", _("the answer took too long")
        GARBLED = "garbled", _("the engine's words could not be understood")
        BROKEN = "broken", _("the answer ended without its end mark")
        EMPTY = "empty", _("the answer was empty")
        STALE = "stale", _("the process that streamed it went away")

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="answers")
    side = models.CharField(max_length=1, choices=Side.choices)
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STREAMING)
    failure = models.CharField(max_length=12, choices=Failure.choices, blank=True)
    text = models.TextField(blank=True)
    # What cannot be recovered later.
    model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="answers")
    revision = models.CharField(max_length=64)
    decoding = models.JSONField()
    system_prompt = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    tokens = models.PositiveIntegerField(null=True, blank=True)
    finish_reason = models.CharField(max_length=20, blank=True)
    # BCP-47 tag, or "" where it could not be told: unknown, never "wrong".
    detected_language = models.CharField(max_length=35, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["turn_id", "side", "attempt"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "side", "attempt"], name="one_answer_per_attempt"),
            models.UniqueConstraint(
                fields=["turn", "side"],
                condition=models.Q(state__in=["streaming", "complete"]),
                name="one_live_answer_per_side",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.turn_id} {self.side}{self.attempt}"


class VoteQuerySet(models.QuerySet["Vote"]):
    def standing(self) -> VoteQuerySet:
        """Votes that are neither withdrawn nor repeats, of every population."""
        return self.filter(withdrawn_at=None, repeat=False)

    def counted(self, *, simulated: bool = False, excluded: bool = False) -> VoteQuerySet:
        """Votes that enter boards: those standing, and of the people alone unless more are asked for."""
        return self.standing().filter(population__in=Population.counted(simulated=simulated, excluded=excluded))


class Vote(models.Model):
    """The judgement of one battle. Written before anything is revealed; withdrawn, never changed."""

    battle = models.OneToOneField(Battle, on_delete=models.CASCADE, related_name="vote")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    # The two halves of the judgement, where the voter gave them.
    content = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    quality = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    # Made by the browser; the same key sent again is the same vote.
    key = models.UUIDField(unique=True)
    # From the last answer's end to the vote, as the browser measured it.
    dwell_ms = models.PositiveIntegerField(null=True, blank=True)
    # Copies from the battle, so that boards read one table.
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="votes")
    model_a = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="+")
    model_b = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=35)
    variety = models.CharField(max_length=35, blank=True)
    category = models.SlugField(max_length=40, blank=True)
    pair_probability = models.FloatField()
    repeat = models.BooleanField(default=False)
    population = models.CharField(max_length=10, choices=Population.choices, default=Population.PEOPLE)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = VoteQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(outcome__in=Outcome.values), name="a_vote_has_a_known_outcome"),
            models.CheckConstraint(
                condition=models.Q(content__in=["", *Outcome.values], quality__in=["", *Outcome.values]),
                name="an_axis_has_a_known_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.battle_id} {self.outcome}"

    def judged(self, axis: str) -> str:
        """The outcome on one axis; "" where the voter did not say."""
        return {Axis.OVERALL: self.outcome, Axis.CONTENT: self.content, Axis.QUALITY: self.quality}[Axis(axis)]


class BoardVersion(models.Model):
    """How often a board's counts have changed. Every change takes this row first, so changes of a board have an order.

    `board` is a name of `arena.leaderboards.boards`: "overall", "language:eu", "category:food" …
    """

    board = models.CharField(max_length=80, unique=True)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.board} {self.version}"


class PairCount(models.Model):
    """How often each outcome was voted with `model_a` on side A, kept in the transaction of the vote."""

    board = models.CharField(max_length=80)
    population = models.CharField(max_length=10, choices=Population.choices)
    model_a = models.ForeignKey(LanguageModel, on_delete=models.CASCADE, related_name="+")
    model_b = models.ForeignKey(LanguageModel, on_delete=models.CASCADE, related_name="+")
    a = models.PositiveIntegerField(default=0)
    b = models.PositiveIntegerField(default=0)
    tie = models.PositiveIntegerField(default=0)
    both_bad = models.PositiveIntegerField(default=0)
    # The board's version at which this row last changed: who knows version v reads only what came after it.
    version = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["board", "population", "model_a", "model_b"], name="one_count_per_ordered_pair"
            )
        ]
        indexes = [models.Index(fields=["board", "version"], name="counts_by_version")]

    def __str__(self) -> str:
        return f"{self.board}: {self.model_a_id}–{self.model_b_id}"
