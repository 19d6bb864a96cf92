"""Days and times as people write them in a mail: 12 March 14:00, le vendredi 12 mars à 14 h 30, tomorrow at 2 pm."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain

MONTHS = (
    "jan january janv janvier|feb february fev fevr fevrier|mar march mars|apr april avr avril|may mai|jun june juin|"
    "jul july juil juillet|aug august aout|sep sept september septembre|oct october octobre|nov november novembre|"
    "dec december decembre"
)
DAYS = "monday lundi|tuesday mardi|wednesday mercredi|thursday jeudi|friday vendredi|saturday samedi|sunday dimanche"


def _numbered(words: str) -> dict[str, int]:
    return {word: number for number, group in enumerate(words.split("|")) for word in group.split()}


MONTH_OF = _numbered(MONTHS)
DAY_OF = _numbered(DAYS)
FROM_TODAY = {"today": 0, "tomorrow": 1, "aujourd'hui": 0, "demain": 1, "apres-demain": 2}
NOONS = {"noon": time(12), "midi": time(12)}

_MONTH = "|".join(sorted(MONTH_OF, key=len, reverse=True))
_DAY = "|".join(sorted(DAY_OF, key=len, reverse=True))
_ORDINAL = r"(?:st|nd|rd|th|er|e)?"
WRITTEN = (
    re.compile(r"\b(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?=\b|t)"),
    re.compile(
        rf"\b(?P<day>\d{{1,2}}){_ORDINAL}\s+(?:of\s+|de\s+)?(?P<name>{_MONTH})\b\.?(?:,?\s+(?P<year>20\d\d)\b)?"
    ),
    re.compile(rf"\b(?P<name>{_MONTH})\b\.?\s+(?P<day>\d{{1,2}}){_ORDINAL}\b(?!\s*[:h])(?:,?\s+(?P<year>20\d\d)\b)?"),
)
WEEKDAY = re.compile(rf"\b(?P<weekday>{_DAY})\b\.?")
RELATIVE = re.compile(rf"\b(?P<word>{'|'.join(FROM_TODAY)})\b")
CLOCK = (
    re.compile(r"(?:\b|t)(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::00)?\s*(?P<half>[ap])?\.?(?(half)\s*m\b\.?)"),
    re.compile(r"\b(?P<hour>\d{1,2})\s*(?:h|heures?)\b\s*(?P<minute>\d\d)?\b"),
    re.compile(r"\b(?P<hour>\d{1,2})h(?P<minute>\d\d)\b"),
    re.compile(r"\b(?P<hour>\d{1,2})\s*(?P<half>[ap])\.?\s*m\b\.?"),
    re.compile(r"\b(?P<noon>noon|midi)\b"),
)
# An hour before this one is the afternoon's to most who write it, and the night's to a clock: it is not guessed at.
FIRST_HOUR = 7
HALF_A_DAY = 12
LONGEST = 200


def read_day_and_time(words: str, today: date) -> datetime | None:
    """The only day with the only time that words tell, of the writer's own clock; None if they tell none, or several.

    today: the writer's. A day without a year is the next one; a day of the week has to agree with its date.
    """
    plain = _plain(words[:LONGEST])
    days, times = set(_days(plain, today)), set(_times(plain))
    if len(days) != 1 or len(times) != 1:
        return None
    return datetime.combine(days.pop(), times.pop())


def _days(plain: str, today: date) -> Iterator[date]:
    written = [found for pattern in WRITTEN for found in pattern.finditer(plain)]
    named = [DAY_OF[found["weekday"]] for found in WEEKDAY.finditer(plain)]
    if written:
        for found in written:
            day = _date(found, today)
            if day and all(day.weekday() == weekday for weekday in named):
                yield day
        return
    yield from (today + timedelta(days=FROM_TODAY[found["word"]]) for found in RELATIVE.finditer(plain))
    yield from (today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1) for weekday in named)


def _date(found: re.Match[str], today: date) -> date | None:
    parts = found.groupdict()
    month = MONTH_OF[parts["name"]] + 1 if parts.get("name") else int(parts["month"])
    years = [int(parts["year"])] if parts["year"] else [today.year, today.year + 1]
    for year in years:
        try:
            day = date(year, month, int(parts["day"]))
        except ValueError:
            continue
        if parts["year"] or day >= today:
            return day
    return None


def _times(plain: str) -> Iterator[time]:
    for found in chain.from_iterable(pattern.finditer(plain) for pattern in CLOCK):
        parts = found.groupdict()
        if parts.get("noon"):
            yield NOONS[parts["noon"]]
            continue
        hour, minute, half = int(parts["hour"]), int(parts.get("minute") or 0), parts.get("half")
        if half and 1 <= hour <= HALF_A_DAY:
            hour = hour % HALF_A_DAY + (HALF_A_DAY if half == "p" else 0)
        elif half or hour < FIRST_HOUR:
            continue
        if hour < 2 * HALF_A_DAY and minute < 60:
            yield time(hour, minute)


def _plain(words: str) -> str:
    spelled = unicodedata.normalize("NFKD", words.replace("\u2019", "'")).casefold()
    return "".join(letter for letter in spelled if not unicodedata.combining(letter))
