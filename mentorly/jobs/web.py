"""The web server: gunicorn, which reads this module as its configuration for the hook below."""

import logging
import os
import sys
from typing import Any

from mentorly.config import Listen, Settings
from mentorly.jobs.leash import leashed_to

APPLICATION = "mentorly.app:create_app()"
# Of an access log, for who asks gunicorn for one: a path may hold a token (rules B8).
WITHOUT_PATH = "%(t)s %(m)s %(s)s %(b)s %(L)s"


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Gunicorn's hook in a new worker: it dies with its master, even when that one is killed, and logs no path."""
    leashed_to(server.pid)
    server.log.error_log.addFilter(without_path)


def without_path(record: logging.LogRecord) -> bool:
    """Take a request's path and a fault's words out of what gunicorn says of them (rules B8)."""
    said = str(record.msg)
    if said.startswith("Invalid request"):
        record.msg, record.args = "Invalid request", ()
    elif said.startswith("Error handling request"):
        fault = type(record.exc_info[1]).__name__ if record.exc_info else ""
        record.msg, record.args, record.exc_info = "Error handling a request: %s", (fault,), None
    return True


def written(listen: Listen) -> str:
    """Return host:port, with an IPv6 address in brackets."""
    return f"[{listen.host}]:{listen.port}" if ":" in listen.host else f"{listen.host}:{listen.port}"


def web_command(settings: Settings, application: str = APPLICATION) -> list[str]:
    """Return the command that serves the pages.

    application: what gunicorn imports, `module:name` or `module:make()`.
    """
    one_process = settings.database_url.startswith("sqlite")
    options = {
        "config": "python:mentorly.jobs.web",
        "bind": written(settings.web_listen),
        "worker-class": "gthread",
        "workers": "1" if one_process else str(min(4, os.cpu_count() or 1)),
        "threads": "8" if one_process else "4",
        "graceful-timeout": "3",
        "log-level": "warning",
        "access-logformat": WITHOUT_PATH,
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", application]


def serve(settings: Settings, application: str = APPLICATION) -> None:
    """Become the web server; does not return. The application reads its settings from the environment."""
    command = web_command(settings, application)
    os.execv(command[0], command)  # noqa: S606
