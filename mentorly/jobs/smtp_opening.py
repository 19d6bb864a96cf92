"""Opening a line to the mail server: connecting, greeting, TLS with a verified certificate, signing in."""

import errno
import os
import re
import select
import smtplib
import socket
import ssl
from contextlib import ExitStack, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, cast

from mentorly.config import MailServer
from mentorly.emails.carrying import Came, Outcome
from mentorly.jobs.smtp_answers import of_lost, of_opening
from mentorly.jobs.smtp_line import GARBLED, Deadline, Line, Lost, Reply

FULL_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)

# What socket.getaddrinfo gives for each address.
Place = tuple[int, int, int, str, Any]


class NotOpened(Exception):
    """The mail server did not let us in; outcome says why, and whether it is our fault."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.came)
        self.outcome = outcome


class _Opening(smtplib.SMTP):
    """How smtplib greets and signs in, over a line whose waits have an end."""

    def __init__(self, line: Line, deadline: Deadline) -> None:
        super().__init__(local_hostname=_own_name(line))
        self.line = line
        self.deadline = deadline

    def send(self, s: Any) -> None:
        """Send a command."""
        self.line.send(s.encode("ascii") if isinstance(s, str) else bytes(s), self.deadline)

    def getreply(self) -> tuple[int, bytes]:
        """Read an answer."""
        reply = self.line.reply(self.deadline)
        return reply.code, b"\n".join(reply.lines)

    def greet(self) -> None:
        """Say who we are, and learn what the server offers (RFC 5321 3.2)."""
        code, text = self.ehlo()
        if code >= 500:
            code, text = self.helo()
        _let_in(code, text)

    def begin_tls(self, host: str) -> None:
        """Go on sealed (RFC 3207), having forgotten what was said in the open."""
        if not self.has_extn("starttls"):
            raise _ours("The mail server does not offer STARTTLS, without which no mail is handed over.")
        _let_in(*self.docmd("STARTTLS"))
        self.line.secure(ssl.create_default_context(), host, self.deadline)
        self.greet()

    def sign_in(self, server: MailServer) -> None:
        """Say the user's name and password (RFC 4954)."""
        try:
            self.login(server.user, server.password)
        except smtplib.SMTPAuthenticationError as fault:
            if fault.smtp_code < 400:
                raise Lost(GARBLED) from None
            _let_in(fault.smtp_code, cast("bytes", fault.smtp_error))
        except (smtplib.SMTPException, ValueError):
            raise _ours("The mail server offers no way in which this user name and password could be told.") from None


def open_line(server: MailServer, deadline: Deadline) -> tuple[Line, bool]:
    """Open a line to a mail server, ready for mails: the line, and whether it takes PIPELINING (RFC 2920).

    Raises NotOpened, and Ended.
    """
    with ExitStack() as stack:
        try:
            line = _connected(server, deadline)
            stack.callback(line.close)
            opening = _opened(line, server, deadline)
        except ssl.SSLCertVerificationError as fault:
            raise _ours(f"The mail server's certificate is not trusted: {fault.verify_message}.") from None
        except Lost as lost:
            raise NotOpened(of_lost(lost, Came.UNREACHABLE)) from None
        stack.pop_all()
    return line, opening.has_extn("pipelining")


def _opened(line: Line, server: MailServer, deadline: Deadline) -> _Opening:
    if server.secure == "tls":
        line.secure(ssl.create_default_context(), server.host, deadline)
    opening = _Opening(line, deadline)
    _let_in(*opening.getreply())
    opening.greet()
    if server.secure == "starttls":
        opening.begin_tls(server.host)
    if server.user:
        opening.sign_in(server)
    return opening


def _let_in(code: int, text: bytes) -> None:
    reply = Reply(code, text.split(b"\n"))
    if code // 100 == 3:
        raise Lost(GARBLED)
    if not reply.is_good:
        raise NotOpened(of_opening(reply))


def _ours(words: str) -> NotOpened:
    return NotOpened(Outcome(Came.OURS, words))


def _own_name(line: Line) -> str:
    """The machine's name if it is a full one, else its address (RFC 5321 4.1.3); smtplib would ask the DNS for it."""
    name = socket.gethostname()
    if FULL_NAME.fullmatch(name):
        return name
    address = line.own_address
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _connected(server: MailServer, deadline: Deadline) -> Line:
    """Connect to the first of the server's addresses that answers, none of which takes up the time of the others."""
    places = _places(server, deadline)
    reason = "it has no address"
    for number, place in enumerate(places):
        try:
            return Line(_connection(place, deadline.within(deadline.left() / (len(places) - number))))
        except Lost:
            reason = "it did not answer in time"
        except OSError as fault:
            reason = fault.strerror or type(fault).__name__
    raise Lost(f"The mail server cannot be reached: {reason}.")


def _connection(place: Place, deadline: Deadline) -> socket.socket:
    family, kind, protocol, _, address = place
    with ExitStack() as stack:
        sock = stack.enter_context(socket.socket(family, kind, protocol))
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fault = sock.connect_ex(address)
        if fault == errno.EINPROGRESS:
            deadline.wait(sock, select.POLLOUT)
            fault = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if fault:
            raise OSError(fault, os.strerror(fault))
        stack.pop_all()
        return sock


def _places(server: MailServer, deadline: Deadline) -> list[Place]:
    """Where the server's name leads to, asked in a thread: the system's question has no end of its own."""
    found: SimpleQueue[list[Place] | str] = SimpleQueue()

    def look() -> None:
        try:
            found.put(list(socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)))
        except OSError as fault:
            found.put(fault.strerror or "unknown")
        except UnicodeError:
            found.put("it is no name")

    Thread(target=look, name="mail server's name", daemon=True).start()
    while True:
        with suppress(Empty):
            answer = found.get(timeout=deadline.slice())
            if isinstance(answer, str):
                raise Lost(f"The mail server's name leads nowhere: {answer}.")
            return answer
