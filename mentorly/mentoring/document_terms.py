"""What a document of a program may be: a file or a link, what it is for, and what it is called."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from mentorly.mentoring.base import Refused
from mentorly.mentoring.media import Media, judged
from mentorly.mentoring.particulars import is_visible

TITLE_LENGTH = 120
LINK_LENGTH = 500


class Purpose(StrEnum):
    """When a document helps."""

    GENERAL = "general"
    FIRST_WEEK = "first_week"
    MEETING = "meeting"
    AGREEMENT = "agreement"
    MIDWAY = "midway"
    CLOSING = "closing"


@dataclass(frozen=True)
class File:
    """A file that was judged. Raises Refused when it is made of what a program may not share."""

    content: bytes

    @property
    def media(self) -> Media:
        """What it is."""
        return judged(self.content)


def checked_title(title: str) -> str:
    """A title, tidied. Raises Refused."""
    if not is_visible(title.strip()):
        raise Refused("A title is one line of visible characters.")
    title = " ".join(title.split())
    if len(title) > TITLE_LENGTH:
        raise Refused("A title has at most {most} characters.", most=TITLE_LENGTH)
    return title


def checked_link(link: str) -> str:
    """The address of a page elsewhere. Raises Refused; nobody goes there to look."""
    link = link.strip()
    try:
        parts = urlsplit(link)
        is_page = parts.scheme == "https" and "." in (parts.hostname or "") and (parts.port or 1)
    except ValueError:
        is_page = False
    if not is_page or "@" in parts.netloc or not re.fullmatch(r"[!#-;=?-Z_a-z~\[\]%]+", link):
        raise Refused("Copy the address from your browser: it begins with https://.")
    if len(link) > LINK_LENGTH:
        raise Refused("The address of a page has at most {most} characters.", most=LINK_LENGTH)
    return link
