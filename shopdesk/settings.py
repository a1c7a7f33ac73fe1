"""All settings of the desk. They come from the environment; what is missing or unsafe stops the start in a sentence."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg import IsolationLevel

from shopdesk import alarms, logs, safety
from shopdesk.environment import flag, kept_secret, one_of, text, whole, words, zone

# --- the place and the secrets ---------------------------------------------------------------------------------------

env = environ.Env  # reads the URLs of databases and mail servers
BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(text("SHOPDESK_DATA", str(BASE_DIR / "var"))).absolute()
DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
DEBUG = flag("DEBUG", False)
DATABASE_URL = text("DATABASE_URL", "")
EMBEDDED = not DATABASE_URL  # the embedded default: SQLite in the data folder, secrets made on the first start
PUBLIC_URL = text("PUBLIC_URL", "http://localhost:8000").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""
HTTPS = PUBLIC_URL.startswith("https://")
# This machine's own names are always allowed: probes ask by them.
ALLOWED_HOSTS = list(dict.fromkeys([*words("ALLOWED_HOSTS", PUBLIC_HOST), "localhost", "127.0.0.1", "[::1]"]))
TRUSTED_PROXIES = whole("TRUSTED_PROXIES", 0)  # how many proxies in front of the web process may be believed
SECRET_KEY = text("SECRET_KEY") if not EMBEDDED else text("SECRET_KEY", "") or kept_secret("SECRET_KEY", DATA)
SECRET_KEY_FALLBACKS = words("SECRET_KEY_FALLBACKS")
FIELD_KEY = text("FIELD_KEY") if not EMBEDDED else text("FIELD_KEY", "") or kept_secret("FIELD_KEY", DATA)
FIELD_KEY_FALLBACKS = words("FIELD_KEY_FALLBACKS")

# --- the shop; editable by the owner afterwards ----------------------------------------------------------------------

SHOP_NAME = text("SHOP_NAME", "Shopdesk")
SHOP_TIME_ZONE = zone("SHOP_TIME_ZONE", "Europe/Moscow")
SHOP_CURRENCY = text("SHOP_CURRENCY", "RUB")
SHOP_COUNTRY = text("SHOP_COUNTRY", "RU")
SHOP_LANGUAGE = one_of("SHOP_LANGUAGE", ("en", "ru", "bg"), "en")
SHOP_DAY_CUTOFF = text("SHOP_DAY_CUTOFF", "00:00")
SHOP_FOUR_EYES = flag("SHOP_FOUR_EYES", True)

# --- applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "shopdesk.apps.ShopdeskConfig",
    "shopdesk.limits.apps.LimitsConfig",
    "shopdesk.people.apps.PeopleConfig",
    "shopdesk.trail.apps.TrailConfig",
    "orders.apps.OrdersConfig",
    "delivery.apps.DeliveryConfig",
    "reports.apps.ReportsConfig",
    "shopdesk.exports.apps.ExportsConfig",
    "shopdesk.webhooks.apps.WebhooksConfig",
    "shopdesk.imports.apps.ImportsConfig",
    "shopdesk.retailcrm.apps.RetailcrmConfig",
    "shopdesk.privacy.apps.PrivacyConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_structlog",
    "django_prometheus",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "shopdesk.base.headers.HeadersMiddleware",
    "shopdesk.base.refusals.OutageMiddleware",
    "shopdesk.base.bounds.BoundsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "shopdesk.base.refusals.ProblemMiddleware",
    "shopdesk.base.strict.StrictQueryMiddleware",
    "shopdesk.people.clock.StrictCookieMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shopdesk.people.clock.SessionClockMiddleware",
    "shopdesk.people.denials.DenialMiddleware",
    "shopdesk.people.signin.SubjectMiddleware",
    "shopdesk.accounts.preferences.LanguageMiddleware",
    "shopdesk.base.pace.PaceMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shopdesk.accounts.secondstep.SecondStepMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "shopdesk.base.toasts.ToastMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "shopdesk.urls"
WSGI_APPLICATION = "shopdesk.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "shopdesk" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shopdesk.bar.dress",
                "shopdesk.webhooks.alarm.dress",
            ],
        },
    }
]

# --- databases (house.md, "Two databases") ---------------------------------------------------------------------------

STATEMENT_TIMEOUT_S = whole("STATEMENT_TIMEOUT_SECONDS", 10)  # 0 while a migration builds an index over years of orders
SNAPSHOT_TIMEOUT_S = 60  # a report or an export reads everything in one snapshot
POOL_SIZE = whole("DATABASE_POOL_SIZE", 10)
# One file per test run: two runs in one checkout must not meet.
TEST_FILE = str(Path(tempfile.gettempdir()) / f"shopdesk-test-{os.getpid()}.sqlite3")


def sqlite(path: str, *, reading: bool) -> dict[str, Any]:
    """Describe an SQLite file. Writers take the lock at BEGIN: one taken later fails with 'database is locked'."""
    pragmas = "PRAGMA query_only=ON;" if reading else "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    # 8 MB of pages in memory for each thread, and 16 written before they are carried over into the file: several times
    # what it does by itself. Every commit is on the disk before it is answered all the same.
    pragmas += " PRAGMA cache_size=-8000;" if reading else " PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=4000;"
    return {
        "ENGINE": "shopdesk.base.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "DEFERRED" if reading else "IMMEDIATE",
            "init_command": pragmas,
        },
        "TEST": {"MIRROR": "default"} if reading else {"NAME": TEST_FILE},
    }


def postgresql(url: str, *, reading: bool) -> dict[str, Any]:
    """Describe a PostgreSQL database. Nobody waits long: a stuck statement frees its locks by itself."""
    statement_s = SNAPSHOT_TIMEOUT_S if reading else STATEMENT_TIMEOUT_S
    limits = {
        "statement_timeout": f"{statement_s * 1000}",
        "lock_timeout": "3000",
        "idle_in_transaction_session_timeout": "15000",
        "default_transaction_read_only": "on" if reading else "off",
        "TimeZone": "UTC",
        "jit": "off",  # to compile a statement takes longer than any of the desk's may
    }
    level = IsolationLevel.REPEATABLE_READ if reading else IsolationLevel.READ_COMMITTED
    described: dict[str, Any] = env.db_url_config(url)
    return described | {
        "ENGINE": "shopdesk.base.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,  # `shopdesk.base.postgresql` looks itself, without a trip
        "OPTIONS": described.get("OPTIONS", {})
        | {
            "isolation_level": level,
            # The desk asks the same few hundred questions all day: PostgreSQL plans each once per connection.
            "server_side_binding": True,
            "prepare_threshold": 2,
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "pool": {"min_size": 0, "max_size": POOL_SIZE, "timeout": 4, "max_idle": 60},
        },
        "TEST": {"MIRROR": "default"} if reading else {},
    }


if EMBEDDED or DATABASE_URL.startswith("sqlite"):
    SQLITE_PATH = urlsplit(DATABASE_URL).path if DATABASE_URL else str(DATA / "shopdesk.sqlite3")
    DATABASES = {"default": sqlite(SQLITE_PATH, reading=False), "reading": sqlite(SQLITE_PATH, reading=True)}
else:
    DATABASES = {"default": postgresql(DATABASE_URL, reading=False), "reading": postgresql(DATABASE_URL, reading=True)}
    if REPLICA_URL := text("DATABASE_REPLICA_URL", ""):
        DATABASES["replica"] = postgresql(REPLICA_URL, reading=True)
        DATABASES["replica"]["OPTIONS"]["pool"]["timeout"] = 1  # where it is away, the primary is there
SNAPSHOT_ALIAS = "reading"
REPLICA_ALIAS = "replica" if "replica" in DATABASES else ""

# --- broker, cache, mail ---------------------------------------------------------------------------------------------

REDIS_URL = text("REDIS_URL", "")  # `up` starts a broker of its own and names it here for the processes it starts
CACHE_URL = text("CACHE_URL", f"{REDIS_URL.rsplit('/', 1)[0]}/1" if REDIS_URL.count("/") > 2 else REDIS_URL)
IN_PROCESS = "django.core.cache.backends.locmem.LocMemCache"
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": IN_PROCESS},
    # Stands in for the shared counters while they are out of reach (SEC-45); one address must not push another out.
    "counters": {"BACKEND": IN_PROCESS, "LOCATION": "counters", "OPTIONS": {"MAX_ENTRIES": 50_000}},
    # What may be some seconds old: nearer than any server, and there when the broker is not.
    "nearby": {"BACKEND": IN_PROCESS, "LOCATION": "nearby"},
    # Bodies of report pages, some hundred thousand letters each (`reports/web/keeping.py`).
    "reports": {"BACKEND": IN_PROCESS, "LOCATION": "reports", "OPTIONS": {"MAX_ENTRIES": 48}},
    "template_fragments": {"BACKEND": IN_PROCESS, "LOCATION": "fragments"},
}
if CACHE_URL:
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
vars().update(env.email_url_config(text("EMAIL_URL", "consolemail://")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("EMAIL_FROM", f"desk@{PUBLIC_HOST or 'localhost'}")
EMAIL_TIMEOUT = 10
NOTIFY_URLS = words("NOTIFY_URLS")
OUTGOING_PORTS = [int(port) for port in words("OUTGOING_PORTS") if port.isdigit()]  # beside 443 (SEC-60)
OUTGOING_TO_THIS_MACHINE = flag("OUTGOING_TO_THIS_MACHINE", False)  # webhooks to localhost, while trying things out

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "shopdesk.people.passwords.MaximumLengthValidator"},
    {"NAME": "shopdesk.people.passwords.WordsOfThePlaceValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},  # 20,000 of them, offline
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
PASSWORD_RESET_TIMEOUT = 30 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "shopdesk.accounts.door.Door"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # who does not work here gets no letter of ours
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "signed-out"
ACCOUNT_FORMS = {"change_password": "shopdesk.accounts.passwords.ChangeMyPassword"}
ACCOUNT_RATE_LIMITS = False  # `people.lockout` counts, in rows: nobody is kept out because the broker is
POST_BESIDE_THE_REQUEST = True  # how long a letter takes tells nobody who works here
SECOND_STEP_ASKED = True  # of owner and manager, unless the shop is the demo
MFA_ADAPTER = "shopdesk.accounts.secondstep.SecondStep"
MFA_FORMS = {
    "authenticate": "shopdesk.accounts.secondstep.SignInByCode",
    "reauthenticate": "shopdesk.accounts.secondstep.ShowAgainByCode",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]  # codes on paper are ours: hashed, not derived from a seed that is kept
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the owner invited this address
MFA_TOTP_ISSUER = SHOP_NAME

# --- browser ---------------------------------------------------------------------------------------------------------

SESSION_ENGINE = "shopdesk.people.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
THEME_COOKIE_NAME = "__Host-theme" if HTTPS else "theme"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []
SECURE_SSL_REDIRECT = HTTPS
# Probes come over plain http from inside; machines are refused instead (`base.bounds`), so that nobody goes on sending
# keys over an open line without a word.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$", r"^api/", r"^hooks/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = flag("HSTS_SUBDOMAINS", False)
# W005 and W021: whether the shop's other host names speak https, and for ever, is the shop's to say, not the desk's.
# models.W040: an index carries columns along on PostgreSQL; SQLite has the same one without them.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "models.W040"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-to": ["policy"],
        "report-uri": ["/policy-reports"],  # for browsers that do not know the line above
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000  # files and batches; the strict parser holds JSON to 1 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = text("STATIC_ROOT", "") or None  # set where files are collected (the container)
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "shopdesk" / "static"] if folder.is_dir()]
MEDIA_ROOT = text("MEDIA_ROOT", str(DATA / "private"))  # never under a public path: a checked view serves these
WHITENOISE_USE_FINDERS = not STATIC_ROOT  # in a checkout the files are read where they lie
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- time and languages ----------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = SHOP_LANGUAGE
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("bg", _("Bulgarian"))]
LOCALE_PATHS = [BASE_DIR / "shopdesk" / "locale"]

# --- the JSON API ----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shopdesk.people.signin.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shopdesk.people.signin.Declared"],
    "DEFAULT_THROTTLE_CLASSES": ["shopdesk.base.pace.ApiPace"],
    "DEFAULT_PARSER_CLASSES": ["shopdesk.base.strict.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "shopdesk.openapi.DeskSchema",
    "EXCEPTION_HANDLER": "shopdesk.base.refusals.problem",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Shopdesk",
    "VERSION": "1",
    "DESCRIPTION": "The order desk: orders, calls, packing, stock, delivery, reports.",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [],  # enums stay where they are used: as components they would need invented names
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- logs ------------------------------------------------------------------------------------------------------------

LOGGING_CONFIG = "shopdesk.logs.configure"
LOGGING = logs.to_stream(text("LOG_LEVEL", "INFO"), logs.stream_of(sys.argv))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
alarms.watch(text("SENTRY_DSN", ""))
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # an address is personal; the security log names it where it must

# --- refused at the start (SEC-24) -----------------------------------------------------------------------------------

safety.refuse_unsafe(
    debug=DEBUG, hosts=ALLOWED_HOSTS, secrets=[SECRET_KEY, FIELD_KEY], databases=DATABASES, broker=REDIS_URL
)
safety.refuse_calls_home(OUTGOING_TO_THIS_MACHINE, PUBLIC_HOST)
