"""The prompt bank: prompts that volunteers may pick, and those held out from every training."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _


def normalise_prompt(text: str) -> str:
    """One spelling for prompts that differ only in case, spaces, punctuation at the ends or Unicode form."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", text).strip(" \t\n.,;:!?¿¡…\"'«»“”‘’()[]")


def prompt_hash(text: str) -> str:
    """SHA-256 (hex) of the normalised prompt: the key of the hold-out."""
    return hashlib.sha256(normalise_prompt(text).encode()).hexdigest()


class PromptQuerySet(models.QuerySet["Prompt"]):
    def offered(self, language: str) -> PromptQuerySet:
        return self.filter(active=True, language=language)

    def held_out_hashes(self) -> set[str]:
        """Hashes of every prompt that may never enter a training export."""
        return set(self.filter(held_out=True).values_list("hash", flat=True))


class Prompt(models.Model):
    """One prompt of the community's bank."""

    class Difficulty(models.TextChoices):
        EASY = "easy", _("easy")
        MEDIUM = "medium", _("medium")
        HARD = "hard", _("hard")

    text = models.TextField()
    language = models.CharField(max_length=35)
    category = models.SlugField(max_length=40)
    difficulty = models.CharField(max_length=10, choices=Difficulty.choices, default=Difficulty.EASY)
    held_out = models.BooleanField(default=False)
    hash = models.CharField(max_length=64, editable=False)
    active = models.BooleanField(default=True)

    objects = PromptQuerySet.as_manager()

    class Meta:
        ordering = ["category", "id"]
        constraints = [models.UniqueConstraint(fields=["language", "hash"], name="one_prompt_per_language")]

    def __str__(self) -> str:
        return self.text[:60]

    def save(self, *args: object, **kwargs: object) -> None:
        self.hash = prompt_hash(self.text)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
