"""All settings, from the environment, safe by default. Production refuses to start and says which secret is missing."""

import base64
import os
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from monitor import embedded, logs
from monitor.embedded_places import mail_port

TESTING = "pytest" in sys.modules
os.environ.setdefault("IPH_DATABASE_ROLE", "owner" if TESTING else "web")
embedded.provide(os.environ)  # does nothing where the entry point did, or where servers are configured

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = embedded.local_folder(os.environ)
env = environ.Env()

MODE = env.str("IPH_MODE", "development")
PRODUCTION, DEMO = MODE == "production", MODE == "demo"
REQUIRED_IN_PRODUCTION = (
    "IPH_SECRET_KEY",
    "IPH_ENCRYPTION_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "BASE_URL",
)
if MODE not in {"development", "demo", "production"}:
    raise ImproperlyConfigured(f"IPH_MODE is {MODE!r}; it must be development, demo or production.")
if PRODUCTION:
    missing = [name for name in REQUIRED_IN_PRODUCTION if not env.str(name, "")]
    if missing:
        raise ImproperlyConfigured(
            f"Production does not start without {', '.join(missing)}: set it in the environment."
        )

SECRET_KEY = env.str("IPH_SECRET_KEY")
ENCRYPTION_KEY = base64.b64decode(env.str("IPH_ENCRYPTION_KEY"))
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
BASE_URL = env.str("BASE_URL", f"http://127.0.0.1:{env.int('PORT', 8000)}")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

DATABASE_ROLE = env.str("IPH_DATABASE_ROLE")
DATABASE_URLS = {
    "web": "DATABASE_URL",
    "owner": "DATABASE_OWNER_URL",
    "worker": "DATABASE_WORKER_URL",
    "operator": "DATABASE_OPERATOR_URL",
}
if DATABASE_ROLE not in DATABASE_URLS:
    raise ImproperlyConfigured(f"IPH_DATABASE_ROLE is {DATABASE_ROLE!r}; it must be one of {', '.join(DATABASE_URLS)}.")
if not env.str(DATABASE_URLS[DATABASE_ROLE], ""):
    raise ImproperlyConfigured(
        f"{DATABASE_URLS[DATABASE_ROLE]} is not set: the role {DATABASE_ROLE} needs a log-in of its own."
    )
DATABASES = {
    "default": {
        **env.db_url(DATABASE_URLS[DATABASE_ROLE]),
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60 if DATABASE_ROLE == "web" else 0,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.str("IPH_TEST_DATABASE", "test_iph")},
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)  # a stopped server takes connections
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django_htmx",
    "patients",
    "alerts",
    "monitor",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "monitor.middleware.Compressed",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "monitor.middleware.Unavailable",
    "monitor.middleware.NoStore",
    "monitor.middleware.ActingUser",
]
ROOT_URLCONF = "monitor.urls"
WSGI_APPLICATION = "monitor.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "monitor" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "monitor.context_processors.service",
            ]
        },
    }
]

AUTH_USER_MODEL = "patients.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]
ACCOUNT_ADAPTER = "monitor.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the team, never by signing up
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
# A ward logs in from one address: the address is given room, the account is not (reliability: 4e).
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "100/m/ip,5/5m/key"}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "monitor_cache"}}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-us"
USE_TZ, TIME_ZONE = True, "UTC"
USE_I18N = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(LOCAL_DIR / "static"))) if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION  # outside production files are served from where they lie, nothing is collected
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
UPLOAD_BYTES = 10_000_000  # as the sandbox takes at most (patients/sandbox.py)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler", "monitor.uploading.RefuseTooLarge"]
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_BYTES

EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"smtp://127.0.0.1:{mail_port(LOCAL_DIR)}")
vars().update(
    {key: value for key, value in EMAIL_CONFIG.items() if key.startswith("EMAIL_") and key != "EMAIL_FILE_PATH"}
)
if EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "alerts.smtp.Backend"  # the same, and its dialogues end
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", 10.0)
if not 0 < EMAIL_TIMEOUT <= 10:  # more, and a dialogue outlasts the task that sends
    raise ImproperlyConfigured(f"EMAIL_TIMEOUT is {EMAIL_TIMEOUT:g}; it must be seconds above 0, at most 10.")
DEFAULT_FROM_EMAIL = env.str("FROM_EMAIL", "IPH Watch <watch@localhost>")

REDIS_URL = env.str("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a hint may be lost: the due row is the work (docs/decisions/0002)
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_DEFAULT_QUEUE = "iph"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"health_check_interval": 10}
if DATABASE_ROLE == "web":  # a silent Redis must not hold a request: the sweep finds the row anyway
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0}
    CELERY_TASK_PUBLISH_RETRY = False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "monitor.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "monitor.schema.Described",
    "EXCEPTION_HANDLER": "monitor.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "IPH Watch",
    "VERSION": "v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {"RowState": "patients.fact_shapes.ROW_STATES"},
}

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configure()
