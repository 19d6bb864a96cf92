"""What a mail said, told again on the page behind its buttons (rules B2)."""

import re
from contextlib import suppress
from dataclasses import dataclass

from mentorly.emails.answering import Opened
from mentorly.emails.email import Email
from mentorly.emails.message import Letter
from mentorly.emails.own_words import is_marker
from mentorly.emails.plain import RULE, WIDTH
from mentorly.emails.writing import SAMPLE, Desk

LINK = re.compile(r" \(https?://[^)\s]*\)")
UNDERLINE = re.compile(r"-{3,}")
SHAPES = {"- ": "items", "> ": "quotation"}


@dataclass(frozen=True)
class Passage:
    """A part of a letter. shape: heading, items, quotation or words."""

    shape: str
    lines: list[str]


@dataclass(frozen=True)
class Retold:
    """The subject of a mail, and its passages without the greeting, the buttons, the links and the foot."""

    subject: str
    passages: list[Passage]

    @property
    def is_short(self) -> bool:
        """Whether it is read at a glance."""
        return sum(len(line) for passage in self.passages for line in passage.lines) < 700


def retold(desk: Desk, opened: Opened) -> Retold | None:
    """Return what the mail said; None for a mail with a secret in it, and where the thing has moved on too far."""
    if type(opened.kind).sending is not Email.sending:
        return None
    envelope, kind = opened.envelope, opened.kind
    then = envelope.sent_at or envelope.collected_at
    with suppress(LookupError):
        values = kind.values(opened.thing, opened.reader, then)
        return _read(desk.letter(kind, opened.reader, SAMPLE, envelope.mark, values, then))
    return None


def _read(letter: Letter) -> Retold:
    body = letter.text.partition(f"\n\n{RULE}")[0]
    said = body.strip().split("\n\n")
    after_greeting = said[2:] if is_marker(said[0]) else said[1:]
    passages = [one for one in after_greeting if f"/a/{SAMPLE}/" not in one]
    return Retold(letter.subject, [_passage(one.splitlines()) for one in passages])


def _passage(lines: list[str]) -> Passage:
    if len(lines) > 1 and UNDERLINE.fullmatch(lines[-1]):
        return Passage("heading", [" ".join(lines[:-1])])
    shape = SHAPES.get(lines[0][:2], "words")
    whole = [LINK.sub("", line) for line in _unwrapped(lines, shape)]
    return Passage(shape, [line.removeprefix("- ") for line in whole])


def _unwrapped(lines: list[str], shape: str) -> list[str]:
    """Join what was wrapped for the text part: a line goes on where its next word had no room."""
    whole: list[str] = []
    before = ""
    for line in lines:
        words = line.removeprefix("> ").strip() if shape == "quotation" else line.strip()
        wrapped = whole and len(before) + 1 + len(words.split(" ")[0]) > WIDTH - (line[:1] == " ") * 3
        if wrapped and not line.startswith("- "):
            whole[-1] += " " + words
        else:
            whole.append(words)
        before = line
    return whole
