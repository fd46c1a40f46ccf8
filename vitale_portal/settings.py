"""Settings, all read from the environment; ``.env.example`` lists and explains each.

On the embedded default nothing has to be set but ``SECRET_KEY``, which ``make run`` writes into
``var/portal.env`` (readable by its owner only).
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import django_stubs_ext
import environ

from vitale_portal.cookies import host_cookie

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
VAR_DIR = env.path("VITALE_VAR_DIR", default=str(BASE_DIR / "var"))
VAR_DIR = Path(str(VAR_DIR))
if (VAR_DIR / "portal.env").exists():
    env.read_env(VAR_DIR / "portal.env")

# --- The site ---------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
VITALE_PUBLIC_URL = env.str("VITALE_PUBLIC_URL", default="http://localhost:8000/")
VITALE_HTTPS = env.bool("VITALE_HTTPS", default=False)
# How many proxies of ours stand before the portal, each adding to X-Forwarded-For.
VITALE_PROXIES = env.int("VITALE_PROXIES", default=0)
# The networks agents work from, « 10.1.0.0/16,… »: who looked at his file is told whether it was from there.
VITALE_CAISSE_NETWORKS = [ip_network(text) for text in env.list("VITALE_CAISSE_NETWORKS", default=[])]
VITALE_DEMONSTRATION = env.bool("VITALE_DEMONSTRATION", default=False)
# Spares the identities of a demonstration the second step of signing in (A11).
VITALE_SPARE_DEMONSTRATION = env.bool("VITALE_SPARE_DEMONSTRATION", default=False)
# Who answers for the portal, as the legal pages say it.
VITALE_LEGAL = {
    "publisher": env.str("VITALE_LEGAL_PUBLISHER", default=""),
    "director": env.str("VITALE_LEGAL_DIRECTOR", default=""),
    "host": env.str("VITALE_LEGAL_HOST", default=""),
    "contact": env.str("VITALE_LEGAL_CONTACT", default=""),
    "dpo": env.str("VITALE_LEGAL_DPO", default=""),
}
# Where a weakness is reported, told by /.well-known/security.txt: « mailto:… » or « https://… ».
VITALE_SECURITY_CONTACT = env.str("VITALE_SECURITY_CONTACT", default="")

ROOT_URLCONF = "vitale_portal.urls"
WSGI_APPLICATION = "vitale_portal.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "csp",
    "vitale_portal",
    "accounts.apps.GestionAdminConfig",
    "accounts.apps.AccountsConfig",
    "carte",
    "declarations",
    "suivi",
]

MIDDLEWARE = [  # what only adds headers is outermost: no answer is made before it
    "vitale_portal.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "vitale_portal.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActingMiddleware",
    "accounts.middleware.ReprisesMiddleware",
    "accounts.middleware.AssureRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vitale_portal.context.portal",
                "accounts.context.account",
            ],
        },
    }
]
FORM_RENDERER = "vitale_portal.forms.PortalRenderer"

# --- Data -------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE, or concurrent writers meet « database is locked »; so no ATOMIC_REQUESTS.
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASE["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    DATABASE["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Pieces: private, outside any public folder, encrypted: « id:base64key,… », the first one encrypts (P5).
VITALE_PIECES_KEYS = env.str("VITALE_PIECES_KEYS", default="")
VITALE_PIECES_ROOT = Path(env.str("VITALE_PIECES_ROOT", default=str(VAR_DIR / "pieces")))
# Instead of the folder: « https://key:secret@host/bucket?region=… » (requirements/s3.txt).
VITALE_PIECES_BUCKET = env.str("VITALE_PIECES_BUCKET", default="")
# The trace: keys that authenticate its lines, written as those of the pieces; without them one is drawn from
# SECRET_KEY. How long its lines are kept: never accelerated.
VITALE_TRACE_KEYS = env.str("VITALE_TRACE_KEYS", default="")
VITALE_TRACE_LIFE = timedelta(seconds=env.int("VITALE_TRACE_LIFE", default=365 * 24 * 3600))
STORAGES = {
    "default": {
        "BACKEND": "vitale_portal.storage.EncryptedStorage",
        "OPTIONS": {"keys": VITALE_PIECES_KEYS, "alias": "at_rest"},
    },
    "at_rest": {"BACKEND": "vitale_portal.s3.BucketStorage", "OPTIONS": {"at": VITALE_PIECES_BUCKET}}
    if VITALE_PIECES_BUCKET
    else {
        "BACKEND": "vitale_portal.at_rest.FolderStorage",
        "OPTIONS": {
            "location": VITALE_PIECES_ROOT,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False

# A body above this gets the 413 page; below it reaches the form and gets its sentence.
VITALE_BODY_LIMIT = env.int("VITALE_BODY_LIMIT", default=10_000_000)
FILE_UPLOAD_HANDLERS = ["vitale_portal.uploads.UnnamedFileUploadHandler"]

# --- Who --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.sign_in.CodePersonnelBackend", "accounts.sign_in.AgentBackend"]
# Without it a thief of the database could try codes on his own machines. Lost, every code is lost.
VITALE_CODES_KEY = env.str("VITALE_CODES_KEY", default="")
PASSWORD_HASHERS = ["accounts.hashers.KeyedHasher"] if VITALE_CODES_KEY else []
PASSWORD_HASHERS += ["accounts.hashers.CodePersonnelHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.code_personnel.CompositionValidator"},
    {"NAME": "accounts.code_personnel.PersonalDataValidator"},
    {"NAME": "accounts.code_personnel.CommonCodeValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "home"
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 15 * 60  # A6
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_NAME = host_cookie("sessionid", https=VITALE_HTTPS)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # how long it lasts, the server alone judges
VITALE_SESSION_LONGEST = timedelta(seconds=env.int("VITALE_SESSION_LONGEST", default=12 * 3600))
# How long a form that came after the end of its session is kept for its sender (A6).
VITALE_REPRISE_TIME = timedelta(seconds=env.int("VITALE_REPRISE_TIME", default=30 * 60))
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = VITALE_HTTPS
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie of its own
CSRF_COOKIE_NAME = host_cookie("csrftoken", https=VITALE_HTTPS)
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = VITALE_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.views.sessions.csrf_failure"
SECURE_SSL_REDIRECT = VITALE_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if VITALE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = VITALE_HTTPS
SECURE_HSTS_PRELOAD = VITALE_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if VITALE_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "blob:"],  # blob: what is about to be sent is shown first
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "upgrade-insecure-requests": VITALE_HTTPS,
    }
}

# --- Words and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"  # shown; kept in UTC (section 10)

# Divides the delays of the domain, never those of security and people (section 10).
VITALE_ACCELERATION = env.float("VITALE_ACCELERATION", default=1.0)
# Whether the centre and the post are played by the portal (section 8).
VITALE_SIMULATION = env.bool("VITALE_SIMULATION", default=True)
VITALE_CLAIM_TIME = timedelta(seconds=env.int("VITALE_CLAIM_TIME", default=15 * 60))  # D4
VITALE_DRAFT_REMINDERS = [  # C3, from the last touch
    timedelta(seconds=seconds)
    for seconds in env.list("VITALE_DRAFT_REMINDERS", cast=int, default=[24 * 3600, 25 * 24 * 3600])
]
VITALE_DRAFT_LIFE = timedelta(seconds=env.int("VITALE_DRAFT_LIFE", default=30 * 24 * 3600))  # C3
# P6: months of the calendar after delivery, then seconds after refusal or cancellation.
VITALE_ERASURE_MONTHS = env.int("VITALE_ERASURE_MONTHS", default=2)
VITALE_ERASURE_DELAY = timedelta(seconds=env.int("VITALE_ERASURE_DELAY", default=30 * 24 * 3600))
# Section 6, months of the calendar: from one reminder to update a card to the next.
VITALE_UPDATE_MONTHS = env.int("VITALE_UPDATE_MONTHS", default=12)
VITALE_CORRECTION_TIME = timedelta(seconds=env.int("VITALE_CORRECTION_TIME", default=30 * 24 * 3600))  # D2
VITALE_CORRECTION_REMINDERS = [  # before the end of it
    timedelta(seconds=seconds)
    for seconds in env.list("VITALE_CORRECTION_REMINDERS", cast=int, default=[15 * 24 * 3600, 3 * 24 * 3600])
]
VITALE_LOT_DELAY = timedelta(seconds=env.int("VITALE_LOT_DELAY", default=24 * 3600))  # D5
VITALE_LOT_HOUR = env.int("VITALE_LOT_HOUR", default=18)  # D5, Paris time
VITALE_CENTRE_DELAY = timedelta(seconds=env.int("VITALE_CENTRE_DELAY", default=48 * 3600))  # D5, at most
# From 0 to 1: the share of orders that the simulated centre refuses, that the simulated post brings back.
VITALE_CENTRE_REFUSAL_RATE = env.float("VITALE_CENTRE_REFUSAL_RATE", default=0.02)
VITALE_POST_RETURN_RATE = env.float("VITALE_POST_RETURN_RATE", default=0.02)
VITALE_RETURNED_TIME = timedelta(seconds=env.int("VITALE_RETURNED_TIME", default=60 * 24 * 3600))  # D8
VITALE_POST_DELAY = timedelta(seconds=env.int("VITALE_POST_DELAY", default=72 * 3600))  # D5
VITALE_PRESUMED_DELAY = timedelta(seconds=env.int("VITALE_PRESUMED_DELAY", default=240 * 3600))  # D5
# D7: how long after the day it was expected a card may still be on its way.
VITALE_LATE_DELAY = timedelta(seconds=env.int("VITALE_LATE_DELAY", default=7 * 24 * 3600))
# A4: a provisional code by post arrives within the first, is good for the second.
VITALE_CODE_POST_DELAY = timedelta(seconds=env.int("VITALE_CODE_POST_DELAY", default=8 * 24 * 3600))
VITALE_CODE_LIFE = timedelta(seconds=env.int("VITALE_CODE_LIFE", default=30 * 24 * 3600))

# --- Mail -------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mails'}")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="Ma carte Vitale <ne-pas-repondre@ma-carte-vitale.example>"
)

# --- Celery: the broker is a wake-up signal, the state is in the database ----------------------
CELERY_BROKER_URL = env.str("BROKER_URL", default="filesystem://")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
QUEUE_DIR = VAR_DIR / "queue"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "data_folder_in": str(QUEUE_DIR),
        "data_folder_out": str(QUEUE_DIR),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.2,
    }
    if CELERY_BROKER_URL.startswith("filesystem:")
    else {
        "visibility_timeout": 3 * CELERY_TASK_TIME_LIMIT,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
)
# In seconds, not crontab: a change of hour moves nothing. Each minute, or faster when time is.
SWEEP_INTERVAL = max(1.0, 60 / VITALE_ACCELERATION)
CELERY_BEAT_SCHEDULE = (
    {
        name: {"task": name, "schedule": SWEEP_INTERVAL, "options": {"expires": max(10.0, SWEEP_INTERVAL)}}
        for name in (
            "accounts.sweep_addresses",
            "accounts.sweep_sign_ins",
            "accounts.sweep_demandes",
            "accounts.sweep_codes",
            "accounts.sweep_ouvertures",
            "accounts.sweep_sessions",
            "accounts.sweep_traces",
            "carte.sweep_claims",
            "carte.sweep_drafts",
            "carte.sweep_erasures",
            "carte.sweep_lot",
            "carte.sweep_centre",
            "carte.sweep_post",
            "carte.sweep_returns",
            "carte.sweep_corrections",
            "carte.sweep_recapitulatifs",
            "carte.sweep_copies",
            "carte.sweep_reminders",
            "declarations.sweep_attestations",
            "declarations.sweep_plis",
            "declarations.sweep_lettres",
            "declarations.sweep_unasked",
        )
    }
    | {
        name: {"task": name, "schedule": 3600.0, "options": {"expires": 3600.0}}
        for name in ("accounts.sweep_old_traces", "carte.sweep_files")
    }
    | {
        # Somebody waits for the code that is in a mail (A11).
        "accounts.sweep_outbox": {
            "task": "accounts.sweep_outbox",
            "schedule": min(5.0, SWEEP_INTERVAL),
            "options": {"expires": 10.0},
        },
    }
)

# Every record is masked as it is made; a report of an error tells no value.
LOGGING_CONFIG = "vitale_portal.masking.configure"
DEFAULT_EXCEPTION_REPORTER = "vitale_portal.reports.PortalReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "vitale_portal.reports.PortalReporterFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"weasyprint.progress": {"level": "WARNING"}},  # seven lines a document
    "root": {"handlers": ["console"], "level": "INFO"},
}
