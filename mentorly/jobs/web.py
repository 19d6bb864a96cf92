"""The web server: gunicorn, which reads this module as its configuration for the hook below."""

import os
import sys
from typing import Any

from mentorly.config import Listen, Settings
from mentorly.jobs.leash import leashed_to

APPLICATION = "mentorly.app:create_app()"


def post_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Gunicorn's hook in a new worker: it dies with its master, even when that one is killed."""
    leashed_to(server.pid)


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
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "gunicorn", *words, "--no-control-socket", application]


def serve(settings: Settings, application: str = APPLICATION) -> None:
    """Become the web server; does not return. The application reads its settings from the environment."""
    command = web_command(settings, application)
    os.execv(command[0], command)  # noqa: S606
