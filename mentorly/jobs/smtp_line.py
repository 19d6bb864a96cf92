"""A line to a mail server: bytes go, answers come (RFC 5321 4.2), and every wait has an end."""

import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from mentorly.jobs.ending import Ending

# A process that is told to end notices it after at most this many seconds of waiting.
SLICE = 0.25
LARGEST_ANSWER = 64 * 1024
BROKEN_OFF = "The mail server broke off while TLS began."
CLOSED = "The mail server closed the connection."
SILENT = "The mail server did not answer in time."
GARBLED = "The mail server said what no mail server says."


@dataclass(frozen=True)
class Patience:
    """How many seconds a mail server is waited for, for the whole of what it has to do and to say.

    opening: from the name to the end of signing in. command: the answer to MAIL, RCPT, DATA or RSET. sending: taking a
    mail's content. answer: the answer to the content. parting: the answer to QUIT.
    """

    opening: float = 20.0
    command: float = 30.0
    sending: float = 60.0
    answer: float = 180.0
    parting: float = 1.0


PATIENCE = Patience()


class Reply(NamedTuple):
    """An answer: its three digits, and the texts of its lines."""

    code: int
    lines: list[bytes]

    @property
    def is_good(self) -> bool:
        """Whether what was asked was done (RFC 5321 4.2.1)."""
        return self.code // 100 == 2


class Lost(Exception):
    """The line is no more; the text is a sentence that says why.

    is_silence: whether we gave it up because nothing came. reply: what the server took its leave with.
    """

    def __init__(self, words: str, *, is_silence: bool = False, reply: Reply | None = None) -> None:
        super().__init__(words)
        self.is_silence = is_silence
        self.reply = reply


class Ended(Exception):
    """The process was told to end, and its last seconds are over."""


class Deadline:
    """The moment after which we wait no longer. seconds: from now. clock: in seconds, one that never jumps."""

    def __init__(self, seconds: float, ending: Ending, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ending = ending
        self._until = clock() + seconds

    def within(self, seconds: float) -> "Deadline":
        """A deadline so many seconds from now, and not later than this one."""
        return Deadline(min(seconds, self._until - self._clock()), self._ending, self._clock)

    def left(self) -> float:
        """The seconds that are left. Raises Lost when none are, and Ended when this process has none left."""
        own = self._ending.seconds_left()
        if own is not None and own <= 0:
            raise Ended
        left = self._until - self._clock()
        if left <= 0:
            raise Lost(SILENT, is_silence=True)
        return left if own is None else min(left, own)

    def slice(self) -> float:
        """The seconds to wait before looking around again. Raises what `left` raises."""
        return min(self.left(), SLICE)

    def wait(self, sock: socket.socket, events: int) -> None:
        """Wait until a socket is ready for some of select's poll events. Raises what `left` raises."""
        watched = select.poll()
        watched.register(sock, events)
        while not watched.poll(self.slice() * 1000):
            pass


class Line:
    """A connection to a mail server. sent: how many bytes of the last sending the system has taken over."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self._unread = b""
        self.sent = 0

    @property
    def own_address(self) -> str:
        """The address of our end of the line."""
        return str(self._sock.getsockname()[0])

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Send all of it. Raises Lost and Ended; `sent` tells how far it came."""
        self.sent = 0
        view = memoryview(data)
        while self.sent < len(view):
            try:
                self.sent += self._sock.send(view[self.sent :])
            except (BlockingIOError, ssl.SSLWantWriteError):
                deadline.wait(self._sock, select.POLLOUT)
            except ssl.SSLWantReadError:
                deadline.wait(self._sock, select.POLLIN)
            except OSError:
                raise Lost(CLOSED) from None

    def reply(self, deadline: Deadline) -> Reply:
        """The next answer, all of its lines. Raises Lost, also when it never ends or is none, and Ended."""
        while (heard := self.heard()) is None:
            self._read(deadline)
        return heard

    def heard(self) -> Reply | None:
        """The next answer if all of its lines have come; does not wait. Raises Lost for what is no answer."""
        start, texts = 0, []
        while end := self._unread.find(b"\n", start) + 1:
            line = self._unread[start:end]
            if not (line[:3].isdigit() and line[3:4] in b" -\r\n" and b"2" <= line[:1] <= b"5"):
                raise Lost(GARBLED)
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                self._unread = self._unread[end:]
                return Reply(int(line[:3]), texts)
            start = end
        return None

    def has_spoken(self) -> bool:
        """Whether the server said something unasked, or closed the connection. Does not wait."""
        if self._unread:
            return True
        try:
            self._unread = self._sock.recv(LARGEST_ANSWER)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:
            return True
        return True

    def secure(self, context: ssl.SSLContext, host: str, deadline: Deadline) -> None:
        """Begin TLS. Raises Lost, Ended, and SSLCertVerificationError when the server is not who it should be."""
        if self._unread:  # said in the open, to be believed as if it were sealed (RFC 3207 6)
            raise Lost(GARBLED)
        try:
            sealed = context.wrap_socket(self._sock, server_hostname=host, do_handshake_on_connect=False)
        except OSError:
            raise Lost(BROKEN_OFF) from None
        self._sock = sealed
        while True:
            try:
                sealed.do_handshake()
            except ssl.SSLWantReadError:
                deadline.wait(sealed, select.POLLIN)
            except ssl.SSLWantWriteError:
                deadline.wait(sealed, select.POLLOUT)
            except ssl.SSLCertVerificationError:
                raise
            except OSError:
                raise Lost(BROKEN_OFF) from None
            else:
                return

    def close(self) -> None:
        """Close the connection at once."""
        with suppress(OSError):
            self._sock.close()

    def _read(self, deadline: Deadline) -> None:
        if len(self._unread) > LARGEST_ANSWER:
            raise Lost(GARBLED)
        while True:
            try:
                came = self._sock.recv(LARGEST_ANSWER)
            except (BlockingIOError, ssl.SSLWantReadError):
                deadline.wait(self._sock, select.POLLIN)
            except ssl.SSLWantWriteError:
                deadline.wait(self._sock, select.POLLOUT)
            except OSError:
                raise Lost(CLOSED) from None
            else:
                break
        if not came:
            raise Lost(CLOSED)
        self._unread += came
