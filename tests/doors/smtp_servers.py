"""A mail server that does what it is told to, at each step of each connection: refuse, dawdle, babble, hang up."""

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from typing import NamedTuple, NoReturn, Self

PIPELINING = "PIPELINING"
GREETING, TLS, DOT = "greeting", "TLS", "."

POLITE = {
    GREETING: "220 server.example.org ready",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go ahead",
    DOT: "250 2.0.0 Taken",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
    "AUTH": "235 2.7.0 Welcome",
    "STARTTLS": "220 2.0.0 Go ahead",
}


class Taken(NamedTuple):
    """A mail that was told to be taken."""

    sender: str
    recipient: str
    content: bytes


class HungUp(Exception):
    """The conversation is over."""


class Conversation:
    """One connection: what was heard on it, and the envelope of its transaction."""

    def __init__(self, server: "Server", connection: socket.socket) -> None:
        self.server = server
        self.connection = connection
        self.heard: list[str] = []
        self.sender: str | None = None
        self.recipient = ""
        self.unread = b""

    def say(self, text: str) -> None:
        """Say a line."""
        self.connection.sendall(text.encode() + b"\r\n")

    def until(self, end: bytes) -> bytes:
        """Read until an end, which is not returned."""
        while end not in self.unread:
            came = self.connection.recv(65536)
            if not came:
                raise HungUp
            self.unread += came
        text, _, self.unread = self.unread.partition(end)
        return text

    def dawdle(self, text: bytes = b"") -> NoReturn:
        """Let time go by, saying a little again and again, until the other side has gone."""
        self.connection.settimeout(0.05)
        while True:
            self.connection.sendall(text)
            with suppress(TimeoutError):
                if not self.connection.recv(65536):
                    raise HungUp
            self.server.watch.forward()  # last, so that no time goes by for who has gone and comes back

    def decided(self, step: str) -> str:
        """What is to be said at a step: what the script says, else what is polite."""
        scripted = self.server.script.get(step)
        act = scripted.popleft() if scripted else POLITE.get(step) or self._unscripted(step)
        return act(self) if callable(act) else act

    def answer(self, step: str) -> str:
        """Say what is to be said at a step, and return it."""
        said = self.decided(step)
        self.say(said)
        return said

    def _unscripted(self, step: str) -> str:
        if step != "EHLO":
            return "500 5.5.2 What?"
        *lines, last = "server.example.org", *self.server.offers
        return "".join(f"250-{line}\r\n" for line in lines) + f"250 {last}"

    def run(self) -> None:
        """Serve the connection."""
        if self.server.tls and self.server.tls_at_once:
            self._seal()
        self.answer(GREETING)
        while True:
            command = self.until(b"\r\n").decode()
            self.heard.append(command)
            verb, _, words = command.partition(" ")
            obey = {"MAIL": self._mail, "RCPT": self._rcpt, "DATA": self._data, "STARTTLS": self._starttls}.get(verb)
            if obey is not None:
                obey(words.partition("<")[2].rstrip(">"))
            else:
                self.answer(verb.upper())
            if verb == "QUIT":
                raise HungUp

    def _mail(self, address: str) -> None:
        self.recipient = ""
        self.sender = address if self.answer("MAIL").startswith("250") else None

    def _rcpt(self, address: str) -> None:
        if self.sender is None and not self.server.script.get("RCPT"):
            self.say("503 5.5.1 Need MAIL")
        elif self.answer("RCPT").startswith("250"):
            self.recipient = address

    def _data(self, _: str) -> None:
        if self.answer("DATA").startswith("354"):
            self._take()

    def _starttls(self, _: str) -> None:
        if self.answer("STARTTLS").startswith("220"):
            self._seal()

    def _take(self) -> None:
        """Read a content to its lone dot (RFC 5321 4.5.2)."""
        self.unread = b"\r\n" + self.unread
        lines = self.until(b"\r\n.\r\n").split(b"\r\n")[1:]
        content = b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)
        self.heard.append(f"({len(content)} bytes)")
        if not self.recipient:
            self.say("554 5.5.1 No valid recipients")
            return
        said = self.decided(DOT)
        if said.startswith("250"):
            self.server.taken.append(Taken(self.sender or "", self.recipient, content))
        self.say(said)

    def _seal(self) -> None:
        assert self.server.tls is not None
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)


# What is said, or what is done to find out what is said.
Act = str | Callable[[Conversation], str]


class Watch:
    """A clock in seconds that can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead

    def forward(self, seconds: float = 60.0) -> None:
        """Put it forward."""
        self.ahead += seconds


class Server:
    """A scripted mail server on 127.0.0.1; a context manager.

    script: for each step what is done the first times it comes to that, over all connections; then it is polite.
    offers: the extensions. watch: the clock that its silences put forward. tls: with which certificate; tls_at_once:
    before the first word.
    """

    def __init__(
        self,
        script: Mapping[str, Iterable[Act]] | None = None,
        offers: Iterable[str] = (PIPELINING,),
        tls: ssl.SSLContext | None = None,
        *,
        tls_at_once: bool = False,
    ) -> None:
        self.script = {step: deque(acts) for step, acts in (script or {}).items()}
        self.offers = list(offers)
        self.tls = tls
        self.tls_at_once = tls_at_once
        self.watch = Watch()
        self.taken: list[Taken] = []
        self.conversations: list[Conversation] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    @property
    def recipients(self) -> list[str]:
        """Who the taken mails are for, in their order."""
        return [mail.recipient for mail in self.taken]

    def wait_for_leave(self) -> None:
        """Wait until the connection that came last is closed."""
        self.threads[-1].join()

    def deaf(self) -> None:
        """Listen no longer; what is connected stays."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def __enter__(self) -> Self:
        self._begin(self._listen, self.listener)
        return self

    def __exit__(self, *_: object) -> None:
        self.deaf()
        for conversation in self.conversations:
            with suppress(OSError):
                conversation.connection.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()

    def _begin(self, work: Callable[[socket.socket], None], sock: socket.socket) -> None:
        thread = threading.Thread(target=work, args=(sock,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                self._begin(self._serve, listener.accept()[0])

    def _serve(self, connection: socket.socket) -> None:
        conversation = Conversation(self, connection)
        self.conversations.append(conversation)
        with suppress(OSError, HungUp):
            conversation.run()
        with closing(conversation.connection):
            pass


def hang_up(conversation: Conversation) -> NoReturn:
    """Close the connection without a word."""
    raise HungUp


def saying(text: str, then: Callable[[Conversation], str] = hang_up) -> Callable[[Conversation], str]:
    """Say a line, and then do something else instead of listening."""

    def act(conversation: Conversation) -> str:
        conversation.say(text)
        return then(conversation)

    return act


def silence(conversation: Conversation) -> NoReturn:
    """Never answer."""
    conversation.dawdle()


def drip(conversation: Conversation) -> NoReturn:
    """Send an answer byte by byte, and come to no end."""
    conversation.dawdle(b"2")


def endless_line(conversation: Conversation) -> NoReturn:
    """Send a line without an end, as fast as it goes."""
    while True:
        conversation.connection.sendall(b"250 " + b"x" * 9000)


def endless_lines(conversation: Conversation) -> NoReturn:
    """Send an answer of ever more lines, as fast as it goes."""
    while True:
        conversation.connection.sendall(b"250-and more\r\n" * 1000)
