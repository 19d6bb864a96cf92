"""The roof: builds the house."""

import logging
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import structlog
from flask import Flask

from mentorly import blueprints
from mentorly.config import MailServer, Settings
from mentorly.emails.scanning import find_mails
from mentorly.extensions import babel, bind_queue, csrf, db, limiter, login, mail, migrate
from mentorly.mentoring.base import prepare

# Seconds (tcp_user_timeout: milliseconds) as libpq takes them; after a failover the one that can be written to.
POSTGRESQL_PATIENCE: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "target_session_attrs": "read-write",
}

LOG_STEPS = (structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True))
WORDS = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
JSON_LINE = structlog.processors.JSONRenderer(ensure_ascii=False)


def create_app(settings: Settings | None = None, mails: Sequence[Path] = ()) -> Flask:
    """Build the application.

    settings: what the people who run it said (default: read from the environment). mails: further folders of mails.
    Raises Misconfigured with a sentence.
    """
    settings = settings or Settings.load()
    _check_key(settings)
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask("mentorly", instance_path=str(settings.instance))
    app.config.update(flask_settings(settings))
    set_logs(settings.log_format)
    bind_queue(app, settings, find_mails(*mails))
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    migrate.init_app(app, db)
    mail.init_app(app)
    csrf.init_app(app)
    login.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=blueprints.locale)
    blueprints.register(app)
    return app


def _check_key(settings: Settings) -> None:
    """Raise Misconfigured for a key that cannot sign mail, before anything is sent without a signature."""
    if settings.dkim_key:
        from mentorly.jobs.signing import Signature  # noqa: PLC0415 - it brings dkimpy, which only a key needs

        Signature.of(settings)


def flask_settings(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions need to know, from our settings."""
    server = MailServer.of(settings)
    secure = settings.public_url.startswith("https://")
    return {
        "SECRET_KEY": str(settings.secret_key),
        "SECRET_KEY_FALLBACKS": [str(key) for key in settings.secret_key_fallbacks],
        "SQLALCHEMY_DATABASE_URI": str(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings),
        "MAX_CONTENT_LENGTH": 25 * 1024 * 1024,
        "SESSION_COOKIE_NAME": "mentorly",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_SSL_STRICT": False,  # it asks for a Referer, which our pages forbid; guard.py looks at the Origin
        "RATELIMIT_STORAGE_URI": re.sub("^unix:", "redis+unix:", settings.redis_url) or "memory://",
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1} if settings.redis_url else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": False,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).parent / "translations"),
        "MAIL_SERVER": server.host,
        "MAIL_PORT": server.port,
        "MAIL_DEFAULT_SENDER": settings.mail_from,
    }


def engine_options(settings: Settings) -> dict[str, object]:
    """How the database is connected to: a PostgreSQL that fell silent is noticed within seconds, and connected anew."""
    options: dict[str, object] = {"hide_parameters": True}
    if not settings.database_url.startswith("sqlite"):
        options |= {"pool_pre_ping": True, "connect_args": POSTGRESQL_PATIENCE}
    return options


def set_logs(format_: str) -> None:
    """Write what happens to standard error, a line each: as words, or as JSON with what the libraries say as well."""
    structlog.configure(
        processors=[*LOG_STEPS, JSON_LINE if format_ == "json" else WORDS],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if format_ == "json":
        journal = logging.StreamHandler()
        journal.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processor=JSON_LINE,
                foreign_pre_chain=[*LOG_STEPS, structlog.stdlib.add_logger_name, structlog.processors.format_exc_info],
            )
        )
        logging.basicConfig(handlers=[journal])
