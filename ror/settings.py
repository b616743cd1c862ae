"""Settings of the portal, all read from the environment (a `.env` file at the root is read too).

Nothing here needs to be set to try the portal or to run its tests. In production set at least
DJANGO_SECRET_KEY, DJANGO_ALLOWED_HOSTS, DJANGO_DEBUG=0 and DATABASE_URL.
"""

from pathlib import Path

import environ
import pghistory
import pgtrigger
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

# Everything that the portal writes by itself (embedded database, keys) lives here; ignored by git.
DATA_DIR = Path(env.str("ROR_DATA_DIR", default=str(BASE_DIR / ".data"))).resolve()

DEBUG = env.bool("DJANGO_DEBUG", default=False)
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])


def secret_key() -> str:
    """The key of the environment, else one kept in ROR_DATA_DIR, made at first use and readable by its owner only."""
    given = env.str("DJANGO_SECRET_KEY", default="")
    if given:
        return given
    from ror.database.files import private_text

    return private_text(DATA_DIR / "secret_key")


SECRET_KEY = secret_key()
SECRET_KEY_FALLBACKS = env.list("DJANGO_SECRET_KEY_FALLBACKS", default=[])

INSTALLED_APPS = [
    "confidentiality",
    "structures",
    "structures.describing",
    "structures.colleagues",
    "professionals",
    "ror.accounts",
    "ror.reference",
    "ror.registers",
    "ror.imports",
    "ror.quality",
    "ror.persons",
    "ror.publication",
    "ror.apps.RorConfig",
    "ror.apps.RorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "guardian",
    "pgtrigger",
    "pghistory",
    "import_export",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "axes",
    "widget_tweaks",
    "dsfr",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ror.reference.middleware.NomenclatureMiddleware",
    "confidentiality.middleware.ViewerMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "ror.urls"
WSGI_APPLICATION = "ror.wsgi.application"

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
                "ror.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# DATABASE_URL wins; without it the project starts its own PostgreSQL at the first connection.
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
else:
    DATABASES = {"default": {"ENGINE": "ror.database", "NAME": "ror"}}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["TIME_ZONE"] = "Europe/Paris"  # the day that triggers compare is the day of France, as in pages
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
# A search with what each viewer may know joins up to eleven tables: beyond eight, PostgreSQL keeps the written order
# and reads every offer of the country first (measured: 15 ms instead of 290 for an activity in a commune).
PLANNER = "-c join_collapse_limit=12 -c from_collapse_limit=12"
CONNECTION = DATABASES["default"].setdefault("OPTIONS", {})
CONNECTION["options"] = f"{CONNECTION.get('options', '')} {PLANNER}".strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by every process: limits of attempts and codes already used would not hold in the memory of each.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "ror_cache"}}

# History: one trigger call per statement, not per row (row-level triggers are quadratic inside one transaction).
PGHISTORY_LEVEL = pgtrigger.Statement
PGHISTORY_BASE_MODEL = "confidentiality.governed.GovernedEvent"
PGHISTORY_APPEND_ONLY = True
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)  # events are read by object only
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "describing:mine"
LOGOUT_REDIRECT_URL = "publication:home"
ACCOUNT_ADAPTER = "ror.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "ror.accounts.forms.SignInForm",
    "reset_password": "ror.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "ror.accounts.forms.NewPasswordForm",
    "change_password": "ror.accounts.forms.OwnPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are opened by invitation, never by the public
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# django-axes counts the failures of passwords, in the database, and comes first; this limit holds for codes.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/15m/key", "login": None, "prove_address": "3/10m/user"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # an address without account gets no message
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "ror.accounts.secrets.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "ror.accounts.forms.CodeForm",
    "reauthenticate": "ror.accounts.forms.LaterCodeForm",
    "activate_totp": "ror.accounts.forms.FirstCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1  # a phone may be half a minute early or late
MFA_REAUTHENTICATION_REQUIRED = False  # what asks for the second factor is in ror.accounts.views
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = 30 * 24 * 3600
MFA_TRUST_COOKIE_NAME = "appareil"
SOCIALACCOUNT_ADAPTER = "ror.accounts.social.SocialAdapter"
# Pro Santé Connect: off until the operator of the portal gives the client that the ANS has registered.
PSC_CLIENT_ID = env.str("ROR_PSC_CLIENT_ID", default="")
PSC_SERVER = env.str(
    "ROR_PSC_SERVER",
    default="https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet/.well-known/wallet-openid-configuration",
)
SOCIALACCOUNT_PROVIDERS = {}
if PSC_CLIENT_ID:
    SOCIALACCOUNT_PROVIDERS["psc"] = {
        "APPS": [
            {
                "name": "Pro Santé Connect",
                "client_id": PSC_CLIENT_ID,
                "secret": env.str("ROR_PSC_CLIENT_SECRET", default=""),
                "settings": {"server_url": PSC_SERVER},
            }
        ]
    }
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "ror.accounts.throttling.account_tried"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# A step of a description may hold 200 rows of seven fields; messages travel in the session, not in a cookie more.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "structures.describing.expired.csrf_failure"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("DJANGO_HTTPS", default=False):
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# Screens of the library that are not ours would let any staff user take and change everything: nobody holds this.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "nobody"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Without DJANGO_STATIC_ROOT files are served through Django's finders: no collectstatic step in a demonstration.
STATIC_ROOT = env.str("DJANGO_STATIC_ROOT", default=None)
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DSFR_USE_INTEGRITY_CHECKSUMS = False

# Uploaded files, in a folder of their own: `purge_expired` erases what is old there.
MEDIA_ROOT = env.str("DJANGO_MEDIA_ROOT", default=str(DATA_DIR / "uploads"))


def keep_days(variable: str, default: str = "") -> int | None:
    """Days after which `purge_expired` erases; None, the default but for the access journal, keeps for ever.

    No duration here is presented as legal: fixing one is for the data controller.
    """
    given = env.str(variable, default=default).strip()
    try:
        return int(given) if given else None
    except ValueError as error:
        raise ImproperlyConfigured(f"{variable} vaut « {given} » : indiquez un nombre entier de jours.") from error


KEEP_HISTORY_DAYS = keep_days("ROR_KEEP_HISTORY_DAYS")
KEEP_DRAFTS_DAYS = keep_days("ROR_KEEP_DRAFTS_DAYS")
KEEP_UPLOADS_DAYS = keep_days("ROR_KEEP_UPLOADS_DAYS")
KEEP_JOURNAL_DAYS = keep_days("ROR_KEEP_JOURNAL_DAYS", default="365")  # 12 months: the portal's choice
KEEP_PERSON_REQUESTS_DAYS = keep_days("ROR_KEEP_PERSON_REQUESTS_DAYS")
KEEP_INVITATIONS_DAYS = keep_days("ROR_KEEP_INVITATIONS_DAYS")

# Origins (register, software) whose description the nation reads at level 2 instead of 1: none by default, since
# article 2 opens what structures enter manually and says nothing of the rest (confidentiality.policy).
RESTRICTED_ORIGINS = env.list("ROR_RESTRICTED_ORIGINS", default=[])

# Days given to treat an anomaly that the portal finds: its own choice, which no text fixes.
ROR_ANOMALY_DAYS = env.int("ROR_ANOMALY_DAYS", default=90)

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
# The portal's own address, for the links of the mails that commands send (pages know theirs).
PUBLIC_ADDRESS = env.str("ROR_PUBLIC_ADDRESS", default="http://localhost:8000")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="ne-pas-repondre@localhost")

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# What only the operator of the portal can say, shown on the legal pages (« à renseigner » until then).
PUBLISHER = env.str("ROR_PUBLISHER", default="")
HOSTING = env.str("ROR_HOSTING", default="")
CONTACT = env.str("ROR_CONTACT", default="")
DPO_CONTACT = env.str("ROR_DPO_CONTACT", default="")

# Shown on every page of a demonstration, so that nobody takes invented data for real.
DEMONSTRATION = env.bool("ROR_DEMONSTRATION", default=False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("DJANGO_LOG_LEVEL", default="WARNING")},
}
