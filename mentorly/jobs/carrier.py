"""The carrier: hands mails to the mail server over one kept connection, the next one riding behind the dot of the last.

Flask-Mail keeps the settings, the suppression and record_messages; the conversation is ours.
"""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, cast

from flask_mail import Connection, Mail, Message, email_dispatched

from mentorly.config import MailServer
from mentorly.emails.carrying import STOPS, Came, Outcome, Outgoing
from mentorly.extensions import mail as own_mail
from mentorly.extensions import settings
from mentorly.jobs.ending import ENDING, Ending
from mentorly.jobs.smtp_answers import CLOSING, GO_AHEAD, Reply, of_opening, of_recipient, of_sender
from mentorly.jobs.smtp_line import Ended, Line, Lost, Opening, Patience, opened

DOT = b".\r\n"
RECORDED = Outcome(Came.ACCEPTED, "recorded")
LOST_BEFORE = Outcome(Came.LATER, "The connection was lost before the mail was handed over.")
LOST_AFTER = Outcome(Came.UNCERTAIN, "The connection was lost before the mail server had answered for the mail.")


class FinishedMessage(Message):
    """A message whose bytes are finished: Flask-Mail shows it to who listens, and adds nothing."""

    def __init__(self, one: Outgoing) -> None:
        super().__init__(subject="", recipients=[one.recipient], sender=one.sender)
        self.data = one.data

    def as_bytes(self) -> bytes:
        """Return the finished bytes."""
        return self.data


class KeptConnection(Connection):
    """Flask-Mail's connection, opened by us: with an end to every wait, and with verified certificates."""

    def __init__(self, extension: Mail, ending: Ending, patience: Patience, context: ssl.SSLContext | None) -> None:
        super().__init__(extension)
        self.ending, self.patience, self.context = ending, patience, context

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Open the line to the configured server. Raises OSError, smtplib.SMTPException or Ended."""
        return cast("smtplib.SMTP", opened(MailServer.of(settings()), self.ending, self.patience, self.context))


class SmtpCarrier:
    """Carries mails over one kept connection, which it opens when the first mail comes.

    ending: whether this process was told to end. patience: how long the server may take. context: whose certificates
    are trusted (default: the system's).
    """

    def __init__(
        self,
        extension: Mail = own_mail,
        ending: Ending = ENDING,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.connection = KeptConnection(extension, ending, patience, context)
        self.ending = ending
        self.patience = patience
        self.is_open = False
        self.is_rested = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Say good-bye and close, whatever the server makes of it."""
        if self.is_open and self.connection.host is not None:
            with suppress(Lost, Ended):
                self.line.write(b"QUIT\r\n", 1)
        self._close()

    def carry(self, mails: Iterable[Outgoing]) -> Iterator[Outcome]:
        """Hand mails over, one after the other; see Carrier."""
        coming = iter(mails)
        one = next(coming, None)
        behind = False
        try:
            while one is not None:
                try:
                    outcome, after, behind = self._hand_over(one, coming, rides=behind)
                except Ended:
                    return
                self._show(one, outcome)
                yield outcome
                if outcome.came in STOPS:
                    return
                one = after or next(coming, None)
            behind = False
        finally:
            if behind or one is not None:
                self._close()
            self.is_rested = self.is_open

    @property
    def line(self) -> Line:
        """The line, while it is open."""
        return cast("Opening", self.connection.host).line

    @property
    def pipelines(self) -> bool:
        """Whether commands may go in groups (RFC 2920)."""
        return cast("smtplib.SMTP", self.connection.host).has_extn("pipelining")

    def _hand_over(
        self, one: Outgoing, coming: Iterator[Outgoing], *, rides: bool
    ) -> tuple[Outcome, Outgoing | None, bool]:
        """Hand one mail over.

        rides: whether its envelope went out behind the mail before. Returns its outcome, the mail that comes next if it
        was taken already, and whether that one's envelope went out behind this.
        """
        if not self.is_open and (fault := self._open()):
            return fault, None, False
        if self.connection.host is None:
            return RECORDED, None, False
        try:
            refusal = self._envelope(one, rides=rides)
        except Lost:
            was_rested = self.is_rested
            self._close()
            return self._hand_over(one, coming, rides=False) if was_rested else (LOST_BEFORE, None, False)
        self.is_rested = False
        if refusal:
            return refusal, None, False
        return self._data(one, coming)

    def _open(self) -> Outcome | None:
        """Open the connection; what came of it if it could not be opened."""
        try:
            self.connection.__enter__()
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            self._close()
            return of_opening(fault)
        self.is_open, self.is_rested = True, False
        return None

    def _envelope(self, one: Outgoing, *, rides: bool) -> Outcome | None:
        """Name sender and recipient, and be asked for the mail; an outcome if it is not wanted. Raises Lost, Ended."""
        if self.pipelines:
            if not rides:
                self.line.write(_envelope_of(one), self.patience.command)
            replies = [self.line.reply(self.patience.command) for _ in range(3)]
        else:
            replies = list(self._step_by_step(one))
        return self._refusal(replies)

    def _step_by_step(self, one: Outgoing) -> Iterator[Reply]:
        for command in _commands(one):
            self.line.write(command, self.patience.command)
            reply = self.line.reply(self.patience.command)
            yield reply
            if not reply.is_good:
                return

    def _refusal(self, replies: list[Reply]) -> Outcome | None:
        """What the first answer that is no yes means; the transaction is ended then, or the line closed."""
        told = next((place for place, reply in enumerate(replies) if not reply.is_good), None)
        if told is None and replies[-1].code == GO_AHEAD:
            return None
        if told is None:
            raise Lost("no answer that fits")
        if any(reply.code == CLOSING for reply in replies):
            self._close()
        else:
            self._take_back(has_begun=replies[-1].code == GO_AHEAD)
        return of_sender(replies[told]) if told == 0 else of_recipient(replies[told])

    def _take_back(self, *, has_begun: bool) -> None:
        """End a transaction that was refused; where the server waits for the mail all the same, by a lone dot.

        RFC 2920 3.1.
        """
        try:
            if has_begun:
                self.line.write(DOT, self.patience.command)
                self.line.reply(self.patience.mail)
            self.line.write(b"RSET\r\n", self.patience.command)
            if not self.line.reply(self.patience.command).is_good:
                self._close()
        except Lost:
            self._close()

    def _data(self, one: Outgoing, coming: Iterator[Outgoing]) -> tuple[Outcome, Outgoing | None, bool]:
        """Send the mail, and behind its dot the envelope of the next; see _hand_over."""
        body = _stuffed(one.data) + DOT
        after = next(coming, None) if self.pipelines else None
        try:
            self.line.write(body + _envelope_of(after) if after else body, self.patience.command)
        except (Lost, Ended) as fault:
            self._close()
            if fault.args[0] >= len(body):
                return LOST_AFTER, after, False
            if isinstance(fault, Ended):
                raise
            return LOST_BEFORE, after, False
        try:
            reply = self.line.reply(self.patience.mail)
        except (Lost, Ended):
            self._close()
            return LOST_AFTER, after, False
        if reply.code == CLOSING:
            self._close()
        outcome = reply.outcome(Came.ACCEPTED) if reply.code < 300 else of_recipient(reply)
        return outcome, after, after is not None and self.is_open

    def _show(self, one: Outgoing, outcome: Outcome) -> None:
        """Let Flask-Mail's record_messages and signal see what was sent."""
        if outcome.came is Came.ACCEPTED and (email_dispatched.receivers or self.connection.host is None):
            host, self.connection.host = self.connection.host, None
            self.connection.send(FinishedMessage(one))
            self.connection.host = host

    def _close(self) -> None:
        host: Any = self.connection.host
        if host is not None:
            host.close()
        self.is_open = self.is_rested = False
        self.connection.host = None


def _commands(one: Outgoing) -> tuple[bytes, bytes, bytes]:
    return f"MAIL FROM:<{one.sender}>\r\n".encode("ascii"), f"RCPT TO:<{one.recipient}>\r\n".encode(), b"DATA\r\n"


def _envelope_of(one: Outgoing) -> bytes:
    return b"".join(_commands(one))


def _stuffed(data: bytes) -> bytes:
    """Double every dot that begins a line (RFC 5321 4.5.2), and end the last line."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
