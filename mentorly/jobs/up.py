"""`mentorly up`: all of Mentorly under one parent, with embedded servers for what is not configured."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from mentorly.config import Listen, Settings
from mentorly.jobs.catcher import catcher_is_ours
from mentorly.jobs.embedded import CannotStart, claimed, redis_answers, redis_command
from mentorly.jobs.parent import TO_STDERR, Child, Parent
from mentorly.jobs.postbox import postbox_is_ours
from mentorly.jobs.web import written

# The processes of the start before, killed a moment ago, may hold a port for that moment.
PATIENCE_FOR_A_PORT = 2.0

Step = Callable[[Settings], object]


def up(
    settings: Settings,
    upgrade: Step,
    demo: Step | None = None,
    port: int | None = None,
    say: Callable[[str], object] = TO_STDERR,
) -> None:
    """Run everything until SIGINT or SIGTERM; nothing that was started is left when this returns or dies.

    upgrade: brings the schema up to date. demo: makes the demo data, and opens the playground with it. Both get the
    settings as they were decided here. port: where the pages are served, instead of the configured one. say: takes a
    line for the person at the terminal. Raises CannotStart or Misconfigured with a sentence.
    """
    settings = decided(settings, with_playground=demo is not None, port=port)
    with claimed(settings.instance):
        _check_ports(settings)
        upgrade(settings)
        if demo is not None:
            demo(settings)
        Parent(children(settings), say=say).run(started=lambda: say(what_to_open(settings)))


def decided(settings: Settings, *, with_playground: bool, port: int | None) -> Settings:
    """Return the settings that all parts start with; raises Misconfigured where the playground may not be."""
    if port is not None:
        settings = replace(settings, web_listen=Listen(settings.web_listen.host, port))
        if settings.is_loopback:
            host = urlsplit(settings.public_url).hostname
            settings = replace(settings, public_url=f"http://{host}:{port}")
    if with_playground:
        settings = replace(settings, playground=True)
    return settings.checked()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that tells a child the settings that were decided here; it reads the others itself."""
    return {
        **os.environ,
        "MENTORLY_INSTANCE": str(settings.instance),
        "MENTORLY_PUBLIC_URL": settings.public_url,
        "MENTORLY_WEB_LISTEN": written(settings.web_listen),
        "MENTORLY_CATCHER_LISTEN": written(settings.catcher_listen),
        "MENTORLY_LMTP_LISTEN": written(settings.lmtp_listen),
        "MENTORLY_PLAYGROUND": "1" if settings.playground else "0",
    }


def children(settings: Settings) -> list[Child]:
    """Return the processes of these settings in the order in which they start."""
    env = environment(settings)

    def child(name: str, module: str, *words: str, ready: Callable[[], bool] | None = None) -> Child:
        return Child(name, [sys.executable, "-m", module, *words], env, ready)

    started = []
    if settings.embeds_redis:
        started.append(Child("redis", redis_command(settings), env, partial(redis_answers, settings)))
    if settings.embeds_catcher:
        started.append(child("catcher", "mentorly.jobs.catcher", ready=lambda: bool(catcher_is_ours(settings))))
    return [
        *started,
        child("worker", "mentorly.cli", "work"),
        child("schedule", "mentorly.cli", "schedule"),
        child("postbox", "mentorly.cli", "postbox", ready=lambda: bool(postbox_is_ours(settings))),
        child("web", "mentorly.cli", "web", ready=partial(_web_answers, settings.web_listen)),
    ]


def what_to_open(settings: Settings) -> str:
    """Return what to tell the person at the terminal once everything runs."""
    lines = [f"Mentorly is up: {settings.public_url}/"]
    if settings.playground:
        lines.append(f"The playground, with everybody's mailbox: {settings.public_url}/playground")
    if settings.embeds_catcher:
        lines.append(f"Mails are kept in {settings.outbox} and delivered to nobody.")
    return "\n".join([*lines, "Ctrl-C stops it."])


def _check_ports(settings: Settings) -> None:
    if settings.embeds_catcher and catcher_is_ours(settings) is False:
        raise CannotStart(
            f"{written(settings.catcher_listen)}, where the mail catcher listens, is held by another program: set "
            "MENTORLY_CATCHER_LISTEN to a free port, or MENTORLY_SMTP_URL to a mail server."
        )
    _await_free(settings.web_listen, "give another --port.")
    _await_free(settings.lmtp_listen, "set MENTORLY_LMTP_LISTEN to a free port.")


def _await_free(listen: Listen, remedy: str) -> None:
    patience = time.monotonic() + PATIENCE_FOR_A_PORT
    while _is_held(listen):
        if time.monotonic() > patience:
            raise CannotStart(f"{written(listen)} is held by another program: {remedy}")
        time.sleep(0.1)


def _is_held(listen: Listen) -> bool:
    with closing(socket.socket(socket.AF_INET6 if ":" in listen.host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except OSError:
            return True
        return False


def _web_answers(listen: Listen) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104
    with closing(http.client.HTTPConnection(host, listen.port, timeout=5)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
