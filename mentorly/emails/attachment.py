"""A file that travels with a mail."""

import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

LINE = 76
LARGEST = 2_000_000
"""Bytes that the attachments of one mail may have together, before they are written in base64."""
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.[a-z0-9]{1,10}")
MEDIA_TYPE = re.compile(r"(?:application|image|text)/[a-z0-9][a-z0-9.+-]{0,80}")
NOT_CARRIED = frozenset({"text/html", "image/svg+xml"})
HEAD = (
    b'Content-Type: %b; name="%b"%b\r\nContent-Disposition: attachment; filename="%b"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


def in_lines(content: bytes) -> bytes:
    """Bytes in base64, in lines of 76 characters (RFC 2045 6.8)."""
    whole = b2a_base64(content, newline=False)
    return b"\r\n".join([whole[at : at + LINE] for at in range(0, len(whole), LINE)]) + b"\r\n"


@dataclass(frozen=True)
class Attachment:
    """A file beside a mail's text.

    name: as it is saved: ASCII letters and one ending, and neutral, for anybody who looks over a shoulder sees it.
    media_type: such as application/pdf. content: its bytes, text in UTF-8. One for many readers is written once if they
    are given the same object. Raises ValueError for a name or a type that a mail cannot carry.
    """

    name: str
    media_type: str
    content: bytes

    def __post_init__(self) -> None:
        if not FILE_NAME.fullmatch(self.name):
            raise ValueError("The name of an attachment has ASCII letters, digits, - and _, and one ending.")
        if not MEDIA_TYPE.fullmatch(self.media_type) or self.media_type in NOT_CARRIED:
            raise ValueError("An attachment is a document, a picture or plain text.")

    @cached_property
    def part(self) -> bytes:
        """The file as a part of a mail (RFC 2183)."""
        name = self.name.encode("ascii")
        charset = b'; charset="utf-8"' if self.media_type.startswith("text/") else b""
        return HEAD % (self.media_type.encode("ascii"), name, charset, name) + in_lines(self.content)


def parts_of(attachments: Sequence[Attachment]) -> list[bytes]:
    """The parts of a mail's attachments. Raises ValueError with a sentence when they are too large for a mail."""
    if sum(len(attachment.content) for attachment in attachments) > LARGEST:
        raise ValueError("The attachments of a mail have at most 2 MB together.")
    return [attachment.part for attachment in attachments]
