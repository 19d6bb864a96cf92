"""A mail server that hands mail over by LMTP (RFC 2033), as fast as it may: commands ride in one packet (RFC 2920)."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from mentorly.config import Listen


class MailServer:
    """One connection to a postbox."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._replies = connection.makefile("rb")
        self.greeting = self.reply()
        self.offers = self.say("LHLO mx.example.org")

    def reply(self) -> str:
        """The next reply, its lines together."""
        lines = []
        while True:
            line = self._replies.readline().decode()
            assert line, "the postbox hung up"
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    def say(self, *commands: str) -> str:
        """Give commands; returns the reply to the last one."""
        self._connection.sendall("".join(command + "\r\n" for command in commands).encode("utf-8", "surrogateescape"))
        return [self.reply() for _ in commands][-1]

    def address(self, recipients: Sequence[str], sender: str = "bob@prairie.example.org") -> list[str]:
        """Tell an envelope; returns the reply to each recipient."""
        commands = [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{address}>" for address in recipients)]
        self._connection.sendall("".join(f"{command}\r\n" for command in commands).encode("utf-8", "surrogateescape"))
        return [self.reply() for _ in commands][1:]

    def hand(self, raw: bytes, *recipients: str, sender: str = "bob@prairie.example.org") -> list[str]:
        """Hand a message over; returns the reply for each recipient that was taken, or why none was."""
        taken = [one for one in self.address(recipients, sender) if one.startswith("250")]
        begun = self.say("DATA")
        return [self.reply() for _ in taken] if self._data(begun, raw) else [begun]

    def _data(self, begun: str, raw: bytes) -> bool:
        if begun.startswith("354"):
            self._connection.sendall(stuffed(raw))
        return begun.startswith("354")


def stuffed(raw: bytes) -> bytes:
    """A message as it goes over the line: its lines end with CRLF, its dots are doubled (RFC 5321 4.5.2)."""
    lines = raw.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


@contextmanager
def mail_server(listen: Listen) -> Iterator[MailServer]:
    """Have a mail server connected to a postbox while the block runs."""
    with closing(socket.create_connection((listen.host, listen.port), timeout=20)) as connection:
        yield MailServer(connection)
