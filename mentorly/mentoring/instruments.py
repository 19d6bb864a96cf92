"""Instruments: what surveys, agreements, codes and sheets are, whom they ask and when; their texts are data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from mentorly.mentoring.questions import Heading, Question, Text, Texts

NUMBERED = re.compile(r"\s*(\d{1,2})\s*[.):]\s+(.*)")
SHORT = 5


class Kind(StrEnum):
    """What an instrument is, which says who sees what is written in it."""

    SURVEY = "survey"
    SHEET = "sheet"
    AGREEMENT = "agreement"
    CODE = "code"
    SELF = "self"


class Opening(StrEnum):
    """What an instrument opens with; OWN: it is there for who wants it, and nobody is asked."""

    MATCH = "match"
    FIRST_MEETING = "first_meeting"
    MIDWAY = "midway"
    END = "end"
    ENDED = "ended"
    OWN = "own"


class Role(StrEnum):
    """Who is asked. ANYBODY: who opens it by themself."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    LEAD = "lead"
    ANYBODY = "anybody"


SIGNED = frozenset({Kind.AGREEMENT, Kind.CODE})


@dataclass(frozen=True)
class Instrument:
    """A survey, an agreement, a code or a sheet.

    name: the same over all versions. opens: with what it opens, once for each; days, months: how long after that.
    reminds: days after it was asked. tells: whether project leads hear that something is unfinished. optional: off
    until a program turns it on. title, about, seen, text: words by language; text is what is signed besides
    the answers. advice: what to read or do after a low answer, by the question's name. calls: questions whose
    yes asks for a call.
    """

    name: str
    version: int
    kind: Kind
    asks: tuple[Role, ...]
    title: Texts
    about: Texts
    seen: Texts
    text: Texts = field(default_factory=dict)
    opens: tuple[Opening, ...] = (Opening.OWN,)
    days: int = 0
    months: tuple[int, ...] = (0,)
    reminds: tuple[int, ...] = ()
    tells: bool = False
    optional: bool = False
    questions: tuple[Question, ...] = ()
    advice: Mapping[str, Texts] = field(default_factory=dict)
    calls: frozenset[str] = frozenset()

    @property
    def is_signed(self) -> bool:
        """Whether it is finished by a signature."""
        return self.kind in SIGNED

    @property
    def answerable(self) -> list[Question]:
        """Its questions without the headings."""
        return [question for question in self.questions if not isinstance(question, Heading)]

    @property
    def is_short(self) -> bool:
        """Whether a reply can answer it."""
        return not self.is_signed and 0 < len(self.answerable) <= SHORT

    @property
    def minutes(self) -> int:
        """How long it takes to answer, about."""
        seconds = sum(60 if isinstance(question, Text) else 12 for question in self.answerable)
        return max(1, round((seconds + len(self.text.get("en", "").split()) / 3) / 60))

    def question(self, name: str) -> Question | None:
        """The question of a name."""
        return next((one for one in self.answerable if one.name == name), None)

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], str]:
        """What a reply's words answer, as it would be typed, and the words that answer nothing.

        Several questions are answered in their order, a line each, or by their number; the last one, if it asks for
        words of one's own, by all the lines that are left.
        """
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        if not self.is_short or not lines:
            return {}, words
        if len(self.answerable) > 1 and sum(not isinstance(one, Text) for one in self.answerable) == 1:
            return self._read_first(lines, zone, now)
        typed: dict[str, str] = {}
        left: list[str] = []
        for place, line in enumerate(lines):
            number = NUMBERED.fullmatch(line)
            at, said = (int(number[1]) - 1, number[2]) if number else (place, line)
            question = self.answerable[at] if 0 <= at < len(self.answerable) else None
            answer = question.read(said, zone, now) if question and question.name not in typed else None
            last = self.answerable[-1]
            if question is not None and answer is not None:
                typed[question.name] = answer
            elif question is None and not number and last.name in typed and last.takes_lines:
                typed[last.name] += f"\n{line}"
            else:
                left.append(line)
        return typed, "\n".join(left)

    def _read_first(self, lines: Sequence[str], zone: ZoneInfo, now: datetime) -> tuple[dict[str, str], str]:
        """The answer to the only question that is not about words of one's own, and those for the first that is."""
        first = next(one for one in self.answerable if not isinstance(one, Text))
        words = next(one for one in self.answerable if isinstance(one, Text))
        answer, below = first.read(lines[0], zone, now), "\n".join(lines[1:])
        if answer is None:
            return {}, "\n".join(lines)
        return {first.name: answer} | ({words.name: below} if below else {}), ""
