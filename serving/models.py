"""What answers: engines (OpenAI-compatible servers) and the language models they serve."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

name_validator = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]*$", _("Use lower-case letters, digits, dots, hyphens and underscores.")
)


class Engine(models.Model):
    """An OpenAI-compatible server: a vLLM that the site starts itself, or one that runs elsewhere."""

    name = models.CharField(max_length=100, unique=True, validators=[name_validator])
    url = models.URLField(help_text=_("Root of the API, such as http://127.0.0.1:8001/v1."))
    # The name of the environment variable that holds the key, never the key.
    key_variable = models.CharField(max_length=100, blank=True)
    # A managed engine is started, watched and started again by `manage.py serve_engine`.
    managed = models.BooleanField(default=False)
    base_path = models.CharField(max_length=500, blank=True, help_text=_("Local path or hub name of the base weights."))
    max_lora_rank = models.PositiveIntegerField(default=0, help_text=_("0: no adapters."))
    context_length = models.PositiveIntegerField(default=2048)
    arguments = models.JSONField(default=list, blank=True, help_text=_("More arguments for vLLM, as a list."))

    def __str__(self) -> str:
        return self.name

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, so that nothing said to it leaves."""
        return self.managed or _is_loopback(urlsplit(self.url).hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # A name: of these only one is this machine for certain.
        return host == "localhost"


class LanguageModelQuerySet(models.QuerySet["LanguageModel"]):
    def contesting(self) -> LanguageModelQuerySet:
        """Those that may be drawn for a battle."""
        return self.filter(state=LanguageModel.State.ACTIVE)

    def adapters_on(self, engine: Engine) -> LanguageModelQuerySet:
        """The adapters that `engine` must hold."""
        return self.contesting().filter(engine=engine, kind=LanguageModel.Kind.ADAPTER)


class LanguageModel(models.Model):
    """A contestant: a base model, a LoRA adapter on one, or a remote API."""

    class Kind(models.TextChoices):
        BASE = "base", _("base model")
        ADAPTER = "adapter", _("LoRA adapter")
        REMOTE = "remote", _("remote API")

    class State(models.TextChoices):
        ACTIVE = "active", _("in the arena")
        RETIRED = "retired", _("retired")

    name = models.CharField(max_length=100, unique=True, validators=[name_validator])
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    engine = models.ForeignKey(Engine, on_delete=models.PROTECT, related_name="models")
    # What the engine calls it in the field "model" of a request.
    served_name = models.CharField(max_length=200)
    base = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="adapters")
    # The model whose weights this one's training started from, by votes.
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=500, blank=True, help_text=_("Folder of the weights or of the adapter."))
    revision = models.CharField(max_length=64, help_text=_("Hash of the weights, or the provider's version."))
    licence = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    parameters = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("Number of parameters."))
    demo = models.BooleanField(default=False, help_text=_("A toy, said so on its page."))
    system_prompt = models.TextField(blank=True)
    temperature = models.FloatField(default=0.7)
    top_p = models.FloatField(default=0.95)
    max_tokens = models.PositiveIntegerField(default=512)
    # What it was made from: recipe, preference set, code version (shown on its page).
    lineage = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LanguageModelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engine", "served_name"], name="one_served_name_per_engine"),
            models.CheckConstraint(
                condition=~models.Q(kind="adapter") | models.Q(base__isnull=False), name="an_adapter_has_a_base"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def decoding(self) -> dict[str, Any]:
        """The decoding parameters as the engine takes them."""
        return {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}

    @property
    def is_here(self) -> bool:
        """Whether it answers on this machine, so that nothing said to it leaves."""
        return self.kind != self.Kind.REMOTE and self.engine.is_here
