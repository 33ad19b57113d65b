"""Settings: every one has a default that runs on one machine; the environment overrides it.

Anything that cannot be understood raises `ImproperlyConfigured` at the start, with one sentence.
"""

import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from arena.environment import ENV

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(ENV.text("HAREA_VAR", str(BASE_DIR / "var"), "Folder of everything the site writes."))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The key from the environment, else one made once and kept in the var folder, readable by its owner only."""
    given = ENV.text("SECRET_KEY", "", "Django's secret; made once and kept in the var folder when empty.")
    if given:
        return given
    path = VAR_DIR / "secret-key"
    if not path.exists():
        fresh = path.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        fresh.rename(path)
    return path.read_text().strip()


DEBUG = ENV.flag("DEBUG", False, "Django's debug mode; never on a public site.")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = ENV.items("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", "Host names the site answers to.")
HOST = ENV.text("HOST", "127.0.0.1", "Address the web process listens on; 0.0.0.0 for every one of the machine's.")
PORT = ENV.integer("PORT", 8000, "Port the web process listens on.", minimum=1)
SITE_URL = ENV.text("SITE_URL", f"http://127.0.0.1:{PORT}", "Address under which people reach the site.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SITE_NAME = ENV.text("SITE_NAME", "Harea", "Name of the site in its pages.")
CONTENT_LANGUAGE = ENV.text("CONTENT_LANGUAGE", "eu", "BCP-47 tag of the language that is judged.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "serving",
    "arena",
    "training",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "arena.interface_languages.InterfaceLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "arena.urls"
ASGI_APPLICATION = "arena.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "arena.views.context.site",
            ],
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 365
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}


def _database(url: str) -> dict[str, object]:
    """Django's entry for `sqlite:///path` or `postgres://user:password@host:port/name`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": parts.path[1:] or str(VAR_DIR / "harea.sqlite3"),
            # IMMEDIATE with WAL: measured to lose no write under six writing processes, where Django's
            # default lost 272 of 900 to "database is locked".
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
            # A file, so that threads of the tests (worker, consumers) share one database.
            "TEST": {"NAME": str(VAR_DIR / "test.sqlite3")},
        }
    if parts.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"DATABASE_URL begins with {parts.scheme!r}; write sqlite:/// or postgres://.")


DATABASES = {
    "default": _database(ENV.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'harea.sqlite3'}", "SQLite or PostgreSQL."))
}

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("eu", _("Basque")),
    ("es", _("Spanish")),
    ("pl", _("Polish")),
    ("zh-hans", _("Simplified Chinese")),
    ("bo", _("Tibetan")),
    ("ug", _("Uyghur")),
]
# Django calls Basque "Basque" in Basque too; people look for their language's own name.
ENDONYMS = {
    "en": "English",
    "eu": "Euskara",
    "es": "Español",
    "pl": "Polski",
    "zh-hans": "中文",
    "bo": "བོད་ཡིག",
    "ug": "ئۇيغۇرچە",
}
LANGUAGES_BIDI = ["ug"]
# Django does not know Tibetan.
LANG_INFO["bo"] = {"bidi": False, "code": "bo", "name": "Tibetan", "name_local": ENDONYMS["bo"]}


def _bridges(pairs: list[str]) -> dict[str, str]:
    """The bridge of each language, from pairs like `eu=es`: always a language of the interface, never a circle."""
    bridges = dict(pair.partition("=")[::2] for pair in pairs)
    for language, bridge in bridges.items():
        if bridge not in ENDONYMS:
            raise ImproperlyConfigured(f"BRIDGE_LANGUAGES has {language}={bridge}; write a language of the interface.")
        way = [language]
        while bridge and bridge not in way:
            way.append(bridge)
            bridge = bridges.get(bridge, "")
        if bridge:
            raise ImproperlyConfigured(f"BRIDGE_LANGUAGES leads in a circle: {' to '.join([*way, bridge])}.")
    return bridges


BRIDGE_LANGUAGES = _bridges(
    ENV.items(
        "BRIDGE_LANGUAGES",
        "eu=es,bo=en,ug=en,an=es,ast=es,ca=es,gl=es,csb=pl,szl=pl",
        "Which language of the interface stands in where another lacks a text, or where there is none.",
    )
)
FORMAT_MODULE_PATH = ["arena.formats"]
LOCALE_PATHS = [BASE_DIR / "arena" / "locale"]
TIME_ZONE = ENV.text("TIME_ZONE", "UTC", "Time zone of dates on pages.")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

BROKER_URL = ENV.text("BROKER_URL", "filesystem://", "Celery's broker: filesystem:// or redis://host:6379/0.")
CELERY_BROKER_URL = BROKER_URL
if BROKER_URL == "filesystem://":
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "processed", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        # In seconds: how soon a job is taken up, and a part of how soon the worker stops.
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "end stale battles": {"task": "arena.tasks.end_stale_answers", "schedule": 15.0},
    "publish the leaderboard": {"task": "arena.tasks.publish_leaderboard", "schedule": 3600.0},
    "audit the sampler": {"task": "arena.tasks.audit_sampling", "schedule": 3600.0},
    "note that the worker is alive": {"task": "arena.tasks.beat", "schedule": 10.0},
    "look after exports": {"task": "arena.tasks.sweep_exports", "schedule": 20.0},
    "take up abandoned training runs": {"task": "training.tasks.sweep_runs", "schedule": 10.0},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.text("LOG_LEVEL", "INFO", "Least severe level that is logged.")},
    # httpx and aiohttp log addresses of engines at INFO; nobody needs a line for every answer.
    # kombu warns at every start that a filesystem has no host name.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery.beat": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},
    },
}

# The arena's rules.
PROMPT_MAX_CHARACTERS = ENV.integer("PROMPT_MAX_CHARACTERS", 2000, "Longest prompt, in characters.", minimum=1)
MAX_TURNS = ENV.integer("MAX_TURNS", 5, "Most turns in one battle.", minimum=1)
FIRST_TOKEN_SECONDS = ENV.number("FIRST_TOKEN_SECONDS", 30.0, "Longest wait for an answer's first token.")
NEXT_TOKEN_SECONDS = ENV.number("NEXT_TOKEN_SECONDS", 10.0, "Longest silence inside an answer.")
ANSWER_SECONDS = ENV.number("ANSWER_SECONDS", 120.0, "Longest time for one whole answer.")
STREAM_TICK_SECONDS = ENV.number("STREAM_TICK_SECONDS", 0.05, "Cadence at which both sides' new text is sent.")
REDRAWS = ENV.integer("REDRAWS", 2, "How often a failed side is drawn again before the battle ends.")
COUNTED_VOTES_A_DAY = ENV.integer(
    "COUNTED_VOTES_A_DAY", 200, "Votes of one visitor that count on one day, in UTC; 0 counts all."
)
BATTLES_PER_MINUTE = ENV.integer("BATTLES_PER_MINUTE", 12, "Most battles one visitor may open in a minute.", minimum=1)
ENGINE_PORT = ENV.integer("ENGINE_PORT", 8001, "Port of the vLLM engine that the site starts.", minimum=1)
SAMPLING_FLOOR = ENV.share(
    "SAMPLING_FLOOR", 0.3, "Share of battles drawn without regard to what they would tell; 1: all of them."
)
AGREEMENT_SHARE = ENV.share(
    "AGREEMENT_SHARE", 0.05, "Share of battles on prompts of the bank that show answers voted on before."
)
DATA_LICENCE = ENV.text("DATA_LICENCE", "unknown", "Licence of exported votes, as the Hugging Face Hub names it.")
EXPORT_HOURS = ENV.integer("EXPORT_HOURS", 24, "How long the file of an export is kept.", minimum=1)
MINIMUM_VOTES = ENV.integer("MINIMUM_VOTES", 10, "Votes a model needs before it is ranked.", minimum=1)
TRAINING_MINIMUM_PAIRS = ENV.integer("TRAINING_MINIMUM_PAIRS", 5, "Pairs a DPO run needs.", minimum=2)
TRAINING_LEASE_SECONDS = ENV.integer(
    "TRAINING_LEASE_SECONDS", 30, "A run silent for longer is taken up again.", minimum=3
)
TRAINING_AT_ONCE = ENV.integer("TRAINING_AT_ONCE", 1, "Most training runs at once on one machine.", minimum=1)
GATE_TEXT = ENV.text(
    "GATE_TEXT", "fixtures/demo/text.jsonl", "Text for the gate's bits per byte: JSON Lines of document and language."
)
GATE_TEXT_HELD_OUT = ENV.number(
    "GATE_TEXT_HELD_OUT", 0.1, "Share of its documents that no training saw; 1 where none was seen."
)
TRAINING_ENTER_SECONDS = ENV.number("TRAINING_ENTER_SECONDS", 180.0, "Longest wait for an engine to take a new child.")
CONSENT_VERSION = "2026-11"
