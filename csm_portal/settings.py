"""Settings, driven by the environment: one file for a laptop and for production.

| variable | meaning | default |
|---|---|---|
| PORTAL_ENV | `dev` (set by make: embedded engines, plain http) or `production` | production |
| SECRET_KEY | signs sessions and links; required in production | made once in dev |
| SITE_URL | the public host with scheme and port; companies live below it | required |
| DATABASE_URL, BROKER_URL, CACHE_URL, EMAIL_URL | the engines | embedded in dev |
| MAIL_FROM | the address mails come from | portal@<public host> |
| DNS_SERVERS | name servers asked about sender domains: `address[:port]`, ... | the machine's |
| MAILS_PER_SECOND | of surveys' mails, of all companies together; 0: no limit | 0 |
| MAIL_PROVIDER | send by an API instead of SMTP: `postmark`, ... (django-anymail's names) | none |
| ANYMAIL_... | django-anymail's settings, such as ANYMAIL_WEBHOOK_SECRET=name:password | none |
| PORTAL_INSTANCE | part of the cookie names (cookies ignore ports) | the port |
| CUSTOMER_ATTRIBUTES | attributes of customers that a company may have | 200 |
| STREAM_REQUESTS, STREAM_SECONDS | requests a key may send to /v1/, in so long | 12000, 60 |
| WEB_THREADS | threads per web process, and the size of its connection pool | 8 |
| LOG_FORMAT | `json` or `console` | json |
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from csm_portal.engines.cluster import var_folder
from csm_portal.logs import logging_config

django_stubs_ext.monkeypatch()  # lets our typed code write ModelForm[Company] at run time
env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = var_folder()

IS_DEV = env("PORTAL_ENV", default="production") == "dev"
DEBUG = env.bool("PORTAL_DEBUG", default=False)


def required(name: str, dev: str) -> str:
    """The variable's value; in dev `dev` when it is missing; else refuse to start."""
    value: str = env(name, default="")
    if value:
        return value
    if IS_DEV:
        return dev
    raise ImproperlyConfigured(f"{name} is not set. The portal does not start without it.")


def dev_secret() -> str:
    """A secret made once per checkout, so that sessions outlive a restart."""
    path = VAR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(64))
        try:
            os.link(unfinished, path)  # whoever is first wins; nobody overwrites
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    return path.read_text()


SECRET_KEY = env("SECRET_KEY", default="") or (
    dev_secret() if IS_DEV else required("SECRET_KEY", "")
)

# Hosts: the public host is SITE_URL's, a company's is <slug>.<public host> or its own domain.
SITE_URL = required("SITE_URL", "http://localhost:8000").rstrip("/")
PUBLIC_HOST = urlsplit(SITE_URL).hostname or ""
IS_HTTPS = urlsplit(SITE_URL).scheme == "https"
ALLOWED_HOSTS = [
    "*"
]  # csm_portal.middleware.HostMiddleware answers 404 on any host it does not know
ROOT_URLCONF = "csm_portal.urls"
PUBLIC_SCHEMA_URLCONF = "csm_portal.urls_public"
WSGI_APPLICATION = "csm_portal.wsgi.application"

# Companies: one schema each.
TENANT_MODEL = "tenants.Company"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

SHARED_APPS = ["django_tenants", "tenants", "tenants.jobs"]
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "tenants.jobs",
    "accounts",
    "allauth",
    "accounts.sign_in_app.SignInConfig",  # allauth.account
    "customers",
    "surveys",
    "metrics",
]
INSTALLED_APPS = [
    "csm_portal",
    *SHARED_APPS,
    *[app for app in TENANT_APPS if app not in SHARED_APPS],
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "csm_portal.middleware.HealthMiddleware",
    "csm_portal.middleware.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "csm_portal.middleware.HostMiddleware",  # before anything that redirects to the host
    "django.middleware.security.SecurityMiddleware",
    "csm_portal.middleware.StreamMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # of random length, against BREACH
    "csm_portal.middleware.session_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csm_portal.middleware.authentication_middleware",
    "csm_portal.body_limit.BodyLimitMiddleware",
    "csm_portal.middleware.message_middleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csm_portal.middleware.account_middleware",
    "accounts.middleware.SessionCompanyMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "accounts.middleware.PermissionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "csm_portal.templatetags.portal"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "csm_portal.context.portal",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Data
WEB_THREADS = env.int("WEB_THREADS", default=8)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def database() -> dict[str, Any]:
    config: dict[str, Any] = env.db_url_config(
        required("DATABASE_URL", "postgres://csm@//nowhere/csm_portal")
    )
    config["ENGINE"] = "django_tenants.postgresql_backend"
    config["CONN_HEALTH_CHECKS"] = True
    # The web has a pool as large as its threads; workers and commands close around every task.
    if env.bool("PORTAL_DB_POOL", default=False):
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": WEB_THREADS, "timeout": 10},
        }
    return config


DATABASES = {"default": database()}

CACHE_URL = required("CACHE_URL", "unix:///nowhere?db=1")
CACHES = {
    # Unprefixed: sign-in limits count an address and an IP over all companies.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "shared",
    },
    # Ours: every key carries the company's schema.
    "company": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_FUNCTION": "tenants.context.company_cache_key",
    },
}

MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR / "media")))

# Jobs: PostgreSQL holds the work, Celery is the nudge (docs/architecture.md).
CELERY_BROKER_URL = required("BROKER_URL", "redis+socket:///nowhere")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 900
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 30}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "tenants.tasks.tick", "schedule": 5.0, "options": {"queue": "dispatch"}},
}

# Sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reset_password": "accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordByLinkForm",
    "change_password": "accounts.forms.ChangeOwnPasswordForm",
    "set_password": "accounts.forms.FirstPasswordForm",
    "add_email": "accounts.forms.NewAddressForm",
    "reauthenticate": "accounts.forms.IsItYouForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_HMAC = False  # a row in the company's schema; a signed id would fit all
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.CompanyPasswordResetTokenGenerator"  # noqa: S105 - a path
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# The limits' cache is shared by all companies, whose user ids are alike: count by network instead.
ACCOUNT_RATE_LIMITS = {
    "change_password": "20/m/ip",
    "manage_email": "20/m/ip",
    "reauthenticate": "20/m/ip",
}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Of the proxies in front, so many add to X-Forwarded-For; limits per address count what they saw.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# Mail
EMAIL_CONFIG: dict[str, Any] = env.email_url_config(required("EMAIL_URL", "smtp://127.0.0.1:1"))
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env("MAIL_FROM", default=f"CSM Portal <portal@{PUBLIC_HOST}>")
DNS_SERVERS: list[str] = env.list("DNS_SERVERS", default=[])
MAILS_PER_SECOND = env.float("MAILS_PER_SECOND", default=0.0)
if MAIL_PROVIDER := env("MAIL_PROVIDER", default=""):
    EMAIL_BACKEND = f"anymail.backends.{MAIL_PROVIDER}.EmailBackend"
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): value
    for name, value in os.environ.items()
    if name.startswith("ANYMAIL_") and value
}
# The folder of the SMTP sink; its mail can be read at /mailbox. Empty with a real mail server.
MAILBOX = env("PORTAL_MAILBOX", default="")
if MAILBOX and not IS_DEV:
    raise ImproperlyConfigured("PORTAL_MAILBOX shows all mail to everybody; it is for dev only.")

# Security
INSTANCE = env("PORTAL_INSTANCE", default=str(urlsplit(SITE_URL).port or ""))
SESSION_COOKIE_NAME = f"csm{INSTANCE}_session"
CSRF_COOKIE_NAME = f"csm{INSTANCE}_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_HTTPS)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600 if IS_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "frame-src": [SELF],
    }
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
CUSTOMER_ATTRIBUTES = env.int("CUSTOMER_ATTRIBUTES", default=200)
STREAM_REQUESTS = env.int("STREAM_REQUESTS", default=12_000)
STREAM_SECONDS = env.int("STREAM_SECONDS", default=60)
FILE_UPLOAD_PERMISSIONS = 0o600

# Language and time: instants are UTC; days are the company's (Company.timezone).
# What people read is in their language, what programs read in English (tenants.languages).
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
BUILT_LANGUAGES = VAR / "build" / "languages"  # with `manage.py build_assets`
LOCALE_PATHS = [BUILT_LANGUAGES]
FORMAT_MODULE_PATH = "csm_portal.formats"  # numbers in markup stay numbers
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
BUILT_ASSETS = VAR / "build" / "static"
STATICFILES_DIRS = [BUILT_ASSETS]
SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]  # the folder comes with `manage.py build_assets`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # `plain` is for tests, which render pages without collecting files first.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if env("PORTAL_STATIC", default="") == "plain"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.closed.Closed"],
    "DEFAULT_RENDERER_CLASSES": ["accounts.api.rendering.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "accounts.api.errors.problem_handler",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CSM Portal API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # Words stand where they are taken: kinds have fields of one name and different words.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enum_id_removal",
        "accounts.api.schema.summarize",
    ],
}

LOGGING = logging_config(env("LOG_FORMAT", default="console" if IS_DEV else "json"))
LOGGING_CONFIG = "csm_portal.logs.configure"
