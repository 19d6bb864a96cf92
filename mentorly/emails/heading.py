"""The heading of a received message: what has to be known to keep it, read without taking the rest apart."""

import re
from dataclasses import dataclass

from mentorly.emails.decoding import MOST_HEADERS, Headers, addresses, header_text
from mentorly.emails.incoming import HEADERS_OF_MAILS, NotAMail, identifier, return_path, without_wrapping
from mentorly.emails.parts import parsed

LONGEST_HEADING = 1_000_000
BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
# Whom a mail server says that it delivered a message to, where it tells a program by headers alone.
DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
ADDRESSED = ("to", "cc", "x-delivered-to", "x-forwarded-to")
READ = frozenset({"message-id", "return-path", "x-envelope-from", *DELIVERED, *ADDRESSED})


@dataclass(frozen=True, repr=False)
class Heading:
    """What stands above the first blank line of a message. It is private: nothing of it shows in a log.

    headers: those that are needed here, names in lower case, from the top.
    """

    headers: Headers

    @classmethod
    def read(cls, raw: bytes) -> "Heading":
        """Read the heading of a message as it was received. Raises NotAMail where Incoming.read does."""
        whole = without_wrapping(raw)
        end = BLANK_LINE.search(whole, 0, LONGEST_HEADING)
        fields = list(parsed(whole[: end.end() if end else LONGEST_HEADING]).raw_items())[:MOST_HEADERS]
        named = [(header_text(name).lower(), value) for name, value in fields]
        if not HEADERS_OF_MAILS & {name for name, _ in named}:
            raise NotAMail("This is not a mail: it has none of the headers that a mail has.")
        return cls(tuple((name, header_text(value)) for name, value in named if name in READ))

    @property
    def message_id(self) -> str:
        """The Message-ID with its angle brackets, or ''."""
        return identifier(self._first("message-id"))

    @property
    def sender(self) -> str | None:
        """The sender that the last mail server wrote down; '' for the null path, None if it wrote none."""
        return return_path(self.headers)

    @property
    def recipients(self) -> list[str]:
        """Whom the last mail server says that it delivered to: the first header of each name, from the top."""
        first = {name: value for name, value in reversed(self.headers) if name in DELIVERED}
        named = [value for name, value in self.headers if first.get(name) == value]
        return [address.strip() for value in named for address in value.split(",")]

    @property
    def addressed(self) -> list[str]:
        """Whom the sender wrote to: all that a mailbox tells which keeps no envelopes."""
        return [address for _, address in addresses(value for name, value in self.headers if name in ADDRESSED)]

    def _first(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")
