"""The embedded mail catcher: an SMTP server that keeps every message as a file, and delivers none."""

import asyncio
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from mentorly.config import Listen, Misconfigured, Settings, fingerprint
from mentorly.jobs.embedded import CannotStart

LARGEST_MESSAGE = 32 * 1024 * 1024


class Outbox:
    """A folder of kept messages, `1.eml`, `2.eml` and so on; several processes may keep messages in it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._last = 0

    def keep(self, sender: str, recipient: str, content: bytes) -> Path:
        """Write one recipient's copy to the disk and return its file, which has never been seen half written.

        sender: the envelope's, empty for a bounce. content: the message's bytes, kept as they are behind a Return-Path
        (RFC 5321 4.4) and an X-Original-To line.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        head = f"Return-Path: <{sender}>\r\nX-Original-To: {recipient}\r\n"
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part") as part:
            part.write(head.encode("utf-8", "surrogateescape") + content)
            part.flush()
            os.fsync(part.fileno())
            return self._numbered(Path(part.name))

    def _numbered(self, part: Path) -> Path:
        number = self._last or self._highest()
        while True:
            number += 1
            try:
                os.link(part, self.folder / f"{number}.eml")
            except FileExistsError:  # another process keeps here too
                number = max(number, self._highest())
            else:
                self._last = number
                return self.folder / f"{number}.eml"

    def _highest(self) -> int:
        return max((int(path.stem) for path in self.folder.glob("*.eml") if path.stem.isdecimal()), default=0)


class _Keeper:
    """What aiosmtpd calls with each message."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")  # a bounce's empty sender arrives as <>
        try:
            for recipient in envelope.rcpt_tos:
                self.outbox.keep(sender, recipient, content)
        except OSError as error:
            return f"451 4.3.0 The message cannot be kept: {error.strerror}"
        return "250 2.0.0 Kept"


def catcher_is_ours(settings: Settings) -> bool | None:
    """Whether this instance's own catcher listens: True; False if somebody else does there; None if nobody does."""
    return greets(settings.catcher_listen, _ident(settings))


def greets(listen: Listen, ident: str) -> bool | None:
    """Whether a server greets with these words: True; False if another one listens there; None if nobody does."""
    try:
        with socket.create_connection((listen.host, listen.port), timeout=2) as connection:
            greeting = connection.makefile("rb").readline(512)
    except ConnectionRefusedError:
        return None
    except OSError:
        return False
    return ident.encode() in greeting


def serve(settings: Settings) -> None:
    """Catch mail until the process is stopped.

    A round on its own that is catching for itself is waited for. Raises CannotStart when the port is another program's.
    """
    while catcher_is_ours(settings):
        time.sleep(0.1)
    with _listening(settings) as loop:
        loop.run_forever()


@contextmanager
def catching(settings: Settings) -> Iterator[None]:
    """Have mail caught while the block runs, in a thread of this process.

    Does nothing where this instance's catcher listens already or a mail server is configured. Raises CannotStart when
    the port is another program's.
    """
    if not settings.embeds_catcher or catcher_is_ours(settings):
        yield
        return
    with _listening(settings) as loop:
        thread = threading.Thread(target=loop.run_forever, name="catcher", daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()


@contextmanager
def _listening(settings: Settings) -> Iterator[asyncio.AbstractEventLoop]:
    keeper = _Keeper(Outbox(settings.outbox))
    listen = settings.catcher_listen
    with asyncio.Runner() as runner:
        loop = runner.get_loop()

        def protocol() -> SMTP:
            return SMTP(
                keeper,
                hostname="localhost",
                ident=_ident(settings),
                data_size_limit=LARGEST_MESSAGE,
                enable_SMTPUTF8=True,
                loop=loop,
            )

        try:
            server = loop.run_until_complete(loop.create_server(protocol, listen.host, listen.port))
        except OSError as error:
            raise CannotStart(
                f"The mail catcher cannot listen on {listen.host}:{listen.port} ({error.strerror}): set "
                "MENTORLY_CATCHER_LISTEN to a free port, or MENTORLY_SMTP_URL to a mail server."
            ) from error
        try:
            yield loop
        finally:
            server.close()


def _ident(settings: Settings) -> str:
    return f"Mentorly catcher {fingerprint(settings.instance)}"


if __name__ == "__main__":
    try:
        serve(Settings.load())
    except (CannotStart, Misconfigured) as sentence:
        sys.exit(str(sentence))
