"""The queue's door to the post office: rounds, the bell, and the carrier that hands mails to the mail server."""

import os
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import structlog
from flask_mail import Connection, Mail, Message
from redis import RedisError

from mentorly.config import MailServer
from mentorly.emails.carrying import STOPS, Came, Outcome, Outgoing
from mentorly.emails.claims import Watch, Worker
from mentorly.extensions import BELL, ask_hands, house, mail, now, post_office, ring, session, settings
from mentorly.jobs.ending import ENDING
from mentorly.mentoring.playground import PlaygroundClock

TIMEOUT = 20
MOST_STEPS = 5000
GO_AHEAD = 354
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")
# A process number means something only among the processes that share it.
_numbering = Path("/proc/self/ns/pid")
PLACE = f"{socket.gethostname()}/{_numbering.stat().st_ino if _numbering.exists() else 0}"
log = structlog.get_logger(__name__)
WATCH = Watch(time.monotonic)


def is_gone(name: str) -> bool:
    """Whether the worker of a name ran in this place, and its process is no more."""
    place, _, number = name.rpartition(":")
    if place != PLACE or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


class FinishedMessage(Message):
    """A message whose bytes are finished: Flask-Mail carries it and adds nothing."""

    def __init__(self, data: bytes, sender: str, recipient: str) -> None:
        super().__init__(subject="", recipients=[recipient], sender=sender)
        self.data = data

    def as_bytes(self) -> bytes:
        """Return the finished bytes."""
        return self.data


class _Listening:
    """Keeps the last answer of the server, which tells a lost connection before DATA from one after it."""

    last_code = 0
    last_words = ""

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer, and keep it."""
        code, words = super().getreply()  # type: ignore[misc]
        self.last_code, self.last_words = code, words.decode("utf-8", "replace")
        return code, words


class _Plain(_Listening, smtplib.SMTP):
    pass


class _Tls(_Listening, smtplib.SMTP_SSL):
    pass


class KeptConnection(Connection):
    """Flask-Mail's connection, opened by us: with a timeout, with verified certificates, and kept."""

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Open the connection to the configured server."""
        server = MailServer.of(settings())
        if server.secure == "tls":
            return self._signed_in(
                _Tls(server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context()), server
            )
        line = _Plain(server.host, server.port, timeout=TIMEOUT)
        if server.secure == "starttls":
            line.starttls(context=ssl.create_default_context())
        return self._signed_in(line, server)

    @staticmethod
    def _signed_in(line: smtplib.SMTP, server: MailServer) -> smtplib.SMTP:
        if server.user:
            line.login(server.user, server.password)
        return line


class SmtpCarrier:
    """Carries mails over one kept connection, which it opens when the first mail comes."""

    def __init__(self, extension: Mail = mail) -> None:
        self.connection = KeptConnection(extension)
        self.is_open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def carry(self, mails: Iterable[Outgoing]) -> Iterator[Outcome]:
        """Hand mails over."""
        for one in mails:
            outcome = self.carry_one(one.data, one.sender, one.recipient)
            yield outcome
            if outcome.came in STOPS:
                return

    def carry_one(  # noqa: PLR0911 - one answer for each way in which a server may answer
        self, data: bytes, sender: str, recipient: str
    ) -> Outcome:
        """Hand a mail over. data: the whole message. sender: where bounces go. Never raises for what a server does."""
        try:
            self._open()
        except (OSError, smtplib.SMTPException) as fault:
            self._close()
            return Outcome(Came.OURS, f"The mail server cannot be reached: {type(fault).__name__}.")
        try:
            self.connection.send(FinishedMessage(data, sender, recipient), envelope_from=sender)
        except smtplib.SMTPRecipientsRefused as fault:
            return _of_code(*fault.recipients[recipient], permanent=Came.REFUSED)
        except smtplib.SMTPSenderRefused as fault:
            return _of_code(fault.smtp_code, fault.smtp_error, permanent=Came.OURS)
        except smtplib.SMTPDataError as fault:
            return _of_code(fault.smtp_code, fault.smtp_error, permanent=Came.REFUSED)
        except smtplib.SMTPNotSupportedError as fault:
            return Outcome(Came.REFUSED, str(fault))
        except (OSError, smtplib.SMTPException) as fault:
            return self._lost(fault)
        return Outcome(Came.ACCEPTED, self._last_words())

    def _open(self) -> None:
        if not self.is_open:
            self.connection.__enter__()
            self.is_open = True

    def _lost(self, fault: Exception) -> Outcome:
        host = self.connection.host
        handed_over = isinstance(host, _Listening) and host.last_code == GO_AHEAD
        self._close()
        words = f"The connection was lost: {type(fault).__name__}."
        return Outcome(Came.UNCERTAIN if handed_over else Came.LATER, words)

    def _last_words(self) -> str:
        host = self.connection.host
        return f"{host.last_code} {host.last_words}" if isinstance(host, _Listening) else "recorded"

    def _close(self) -> None:
        if self.is_open:
            with suppress(OSError, smtplib.SMTPException):
                self.connection.__exit__(None, None, None)  # type: ignore[arg-type]
        self.is_open = False
        self.connection.host = None


def _of_code(code: int, words: bytes | str, *, permanent: Came) -> Outcome:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = ADDRESS.sub("<address>", text)
    return Outcome(permanent if code >= 500 else Came.LATER, f"{code} {text}")


def this_worker() -> Worker:
    """Who delivers in this process."""
    return Worker(
        name=f"{PLACE}:{os.getpid()}",
        is_gone=is_gone,
        is_told=lambda: ENDING.is_told,
        watch=WATCH,
        pause=time.sleep,
        ask_hands=ask_hands,
    )


def do_round(clock: Callable[[], datetime] = now, *, bell: bool = False, at_once: bool = False) -> dict[str, object]:
    """One round with the configured mail server; returns the counts."""
    office = post_office()
    with SmtpCarrier() as carrier:
        counts = office.round(clock, carrier, this_worker(), bell=bell, at_once=at_once)
    tell_faults(cast("list[str]", counts["faults"]))
    if counts["unfinished"]:
        ring()
    for name in ("sent", "failed", "refused", "stopped"):
        if counts[name]:
            log.info("round", bell=bell, **{key: value for key, value in counts.items() if value})
            break
    return counts


def tell_faults(faults: Sequence[str]) -> None:
    """Write down the faults of single kinds and envelopes, by their names and numbers."""
    if faults:
        log.error("round met faults", faults=faults)


def hands_job() -> None:
    """What a round asks for that has more to deliver than one batch: one more worker delivers beside it."""
    with SmtpCarrier() as carrier:
        delivery = post_office().deliver(now, carrier, this_worker())
    tell_faults([f"envelope {number}: {fault}" for number, fault in delivery.faults])


def round_job() -> None:
    """What the schedule asks for every minute."""
    do_round()


def bell_job() -> None:
    """What a bell asks for: the mails that people's acts caused. The next act may ring again as soon as this begins."""
    with suppress(RedisError):
        house().queue.connection.delete(BELL)
    do_round(bell=True)


def walk_job(until: str) -> int:
    """Walk the playground's clock to a moment (ISO 8601), with a round at every moment at which something happens.

    until may be empty: to the next mail. Returns the number of mails that were sent.
    """
    sent = 0
    target = datetime.fromisoformat(until) if until else None
    for _ in range(MOST_STEPS):
        shown = now()
        step = _next_step(shown, target)
        if step is None:
            break
        _set_clock(max(step, shown), shown)
        counts = do_round(at_once=True)
        sent += int(str(counts["sent"]))
        if (target is None and counts["sent"]) or (target is not None and step >= target) or counts["stopped"]:
            break
    return sent


def _next_step(shown: datetime, target: datetime | None) -> datetime | None:
    horizon = target or shown + timedelta(days=400)
    upcoming = post_office().upcoming(shown, horizon)
    session().rollback()
    ahead = [one.send_at for one in upcoming if target is None or one.send_at <= target]
    return ahead[0] if ahead else target


def _set_clock(moment: datetime, shown: datetime) -> None:
    PlaygroundClock.move_to(session(), moment, shown)
    session().commit()
    house().ahead_read = float("-inf")
