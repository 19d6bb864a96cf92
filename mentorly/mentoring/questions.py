"""The vocabulary of asking: each kind of question checks an answer. A form is made of them by the doors."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from mentorly.mentoring.base import Refused

Texts = dict[str, str]
YEARS = range(2000, 2101)
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\D{0,20}(\d)\D{0,20}")
AMOUNT = re.compile(r"(?<![\d.,-])\d{1,6}(?![\d.,]\d|\d)")
OUT_OF = re.compile(r"(\d+)\s*(?:/|out of|of|sur)\s*\d+", re.IGNORECASE)
YES_OR_NO: dict[str, Texts] = {"yes": {"en": "Yes", "fr": "Oui"}, "no": {"en": "No", "fr": "Non"}}


@dataclass(frozen=True)
class Question:
    """Something that is asked. label and hint: the words by language. required: whether silence is no answer.

    shape: how a form shows it. reads_all: whether all that a reply says is its answer, and not a line alone. is_beside:
    whether it is asked beside another, so that words which answer it alone answer nothing. takes_lines: whether its
    answer may have several lines.
    """

    shape: ClassVar[str] = "words"
    reads_all: ClassVar[bool] = False
    is_beside: ClassVar[bool] = False
    takes_lines: ClassVar[bool] = False
    name: str
    label: Texts
    hint: Texts = field(default_factory=dict)
    required: bool = False

    def check(self, typed: str, zone: ZoneInfo) -> object:
        """Return the answer that was typed; raises Refused with a sentence for who typed it."""
        del zone
        typed = typed.strip()
        if "\x00" in typed:
            raise Refused("This holds a character that no keyboard writes. Please type it again.")
        if self.required and not typed:
            raise Refused("Please answer this question.")
        return typed

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The answer in a reply's words, as it would be typed into a form; None if they hold none."""
        del words, zone, now
        return None


@dataclass(frozen=True)
class Text(Question):
    """Words of one's own, of at most `most` characters."""

    reads_all: ClassVar[bool] = True
    takes_lines: ClassVar[bool] = True
    most: int = 2000

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return the words."""
        words = str(super().check(typed, zone)).replace("\r\n", "\n")
        if len(words) > self.most:
            raise Refused("This has at most {most} characters; yours has {length}.", most=self.most, length=len(words))
        return words

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """All of the words."""
        del zone, now
        return words or None


@dataclass(frozen=True)
class Choice(Question):
    """One of some options; the first is what silence means unless an answer is required."""

    shape: ClassVar[str] = "choice"
    silence_is_first: ClassVar[bool] = True
    options: dict[str, Texts] = field(default_factory=dict)

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return the name of the option."""
        chosen = str(super().check(typed, zone)) or next(iter(self.options), "")
        if chosen not in self.options:
            raise Refused("Choose one of the answers.")
        return chosen

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The only option that the words name, in any language."""
        del zone, now
        said = f" {_plain(words)} "
        named = {name for name, labels in self.options.items() for label in labels.values() if _plain(label) in said}
        return named.pop() if len(named) == 1 else None


@dataclass(frozen=True)
class Password(Text):
    """A secret of one's own, which is never shown again."""

    shape: ClassVar[str] = "password"
    most: int = 1000

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return the secret as it was typed."""
        super().check(typed, zone)
        return typed

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """None: a secret is never taken from a mail."""
        del words, zone, now
        return None


@dataclass(frozen=True)
class Line(Text):
    """A few words on one line. kind: what a telephone's keyboard is to write: text, url or tel."""

    shape: ClassVar[str] = "line"
    takes_lines: ClassVar[bool] = False
    most: int = 200
    kind: str = "text"

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return the words with single spaces."""
        return " ".join(super().check(typed, zone).split())


@dataclass(frozen=True)
class Number(Question):
    """A whole number. least, most: what a form lets through; the rule is the program's."""

    shape: ClassVar[str] = "number"
    least: int = 0
    most: int = 999_999

    def check(self, typed: str, zone: ZoneInfo) -> int | None:
        """Return the number, None if nothing was typed."""
        text = str(super().check(typed, zone))
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,6}", text):
            raise Refused("Write a whole number.")
        return int(text)


@dataclass(frozen=True)
class Amount(Number):
    """A whole number within its bounds, which a reply may tell too."""

    def check(self, typed: str, zone: ZoneInfo) -> int | None:
        """Return the number, None if nothing was typed."""
        number = super().check(typed, zone)
        if number is not None and not self.least <= number <= self.most:
            raise Refused("Write a number from {least} to {most}.", least=self.least, most=self.most)
        return number

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The only number that the words hold."""
        del zone, now
        found = AMOUNT.findall(words)
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Scale(Amount):
    """A step from least to most. low, high: what these two mean."""

    shape: ClassVar[str] = "scale"
    least: int = 1
    most: int = 5
    low: Texts = field(default_factory=dict)
    high: Texts = field(default_factory=dict)

    @property
    def steps(self) -> range:
        """All steps, from the least on."""
        return range(self.least, self.most + 1)

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The step that the words tell: 4, 4/5, 10 out of 10."""
        found = super().read(OUT_OF.sub(r"\1", words), zone, now)
        return found if found and int(found) in self.steps else None


@dataclass(frozen=True)
class YesNo(Choice):
    """Yes or no; silence is neither."""

    silence_is_first: ClassVar[bool] = False
    options: dict[str, Texts] = field(default_factory=lambda: dict(YES_OR_NO))

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return yes, no or ''."""
        return super().check(typed, zone) if typed.strip() or self.required else ""


@dataclass(frozen=True)
class Pick(Choice):
    """One of some options, or none of them."""

    silence_is_first: ClassVar[bool] = False

    def check(self, typed: str, zone: ZoneInfo) -> str:
        """Return the name of the option, or ''."""
        return super().check(typed, zone) if typed.strip() or self.required else ""

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The option that the words name, or its number from 1."""
        number = NUMBER.fullmatch(words)
        place = int(number[1]) if number else 0
        named = list(self.options)[place - 1] if 1 <= place <= len(self.options) else None
        return super().read(words, zone, now) or named


@dataclass(frozen=True)
class Day(Question):
    """A day, written 2027-03-01."""

    shape: ClassVar[str] = "day"

    def check(self, typed: str, zone: ZoneInfo) -> date | None:
        """Return the day, None if nothing was typed."""
        text = str(super().check(typed, zone))
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise Refused("Write the day like this: 2027-03-01.") from None
        if day.year not in YEARS:
            raise Refused("The year {year} is too far away.", year=day.year)
        return day


@dataclass(frozen=True)
class Heading(Question):
    """No question: what the next ones are about."""

    shape: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Signature(Line):
    """One's own name, typed to sign with."""

    shape: ClassVar[str] = "line"
    most: int = 80

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """None: nobody signs by the words of a mail."""
        del words, zone, now
        return None


def _plain(words: str) -> str:
    """Words in lower case, without accents and marks, each between two spaces."""
    spelled = unicodedata.normalize("NFKD", words).casefold()
    letters = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    return f" {' '.join(WORD.findall(letters))} "
