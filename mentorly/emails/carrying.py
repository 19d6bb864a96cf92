"""Handing mails over: what a mail server's answer means for an envelope, and who carries."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class Came(StrEnum):
    """What came of handing a mail over (inbox T13).

    LATER, REFUSED and UNCERTAIN are about this mail; UNREACHABLE and OURS are about us and the mail server, so that no
    recipient is blamed: the queue stops, and goes on once the server takes mails again.
    """

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    UNREACHABLE = "unreachable"
    OURS = "ours"


STOPS = frozenset({Came.UNREACHABLE, Came.OURS})


@dataclass(frozen=True)
class Outcome:
    """What came of handing a mail over.

    words: the server's sentence without any address, or ours. code: the enhanced status (RFC 3463) that the server
    gave, else its three digits (RFC 5321 4.2); '' if it gave none.
    """

    came: Came
    words: str = ""
    code: str = ""


class Outgoing(NamedTuple):
    """A mail that is ready to go.

    data: the whole message, its lines ended by CRLF. sender: the envelope sender, where bounces go.
    """

    data: bytes
    sender: str
    recipient: str


class Carrier(Protocol):
    """Whoever hands finished mails to the mail server."""

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Hand mails over one after the other, and yield one outcome for each, in their order.

        It may take one mail more from `mails` than it has given outcomes. It ends after an outcome that stops the
        queue, and when it is told to end. A mail for which it yields no outcome was not handed over, also when
        it is closed early. It never raises for what a server does.
        """
