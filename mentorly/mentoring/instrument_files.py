"""The texts of instruments in TOML: those that come with Mentorly, and reading any."""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_questions import question_tables, read_advice, read_questions
from mentorly.mentoring.instrument_reading import NAME, Misread, Reading
from mentorly.mentoring.instruments import SIGNED, Instrument, Kind, Opening, Role
from mentorly.mentoring.particulars import is_visible
from mentorly.mentoring.questions import Texts

FOLDER = Path(__file__).parent.parent / "instruments"
LINE_OF_FAULT = re.compile(r"\(at line (\d+), column \d+\)")
MOST_SOURCE = 200_000
MOST_VERSION = 999_999
MOST_TEXT = 20_000
DAYS = range(-365, 366)
MONTHS = range(37)
KNOWN_HERE = frozenset(Instrument.__dataclass_fields__) - {"advice", "calls", "name"}


@cache
def shipped() -> Mapping[str, Instrument]:
    """The instruments that come with Mentorly, by name."""
    return {name: parsed(source, name) for name, source in sources().items()}


@cache
def sources() -> Mapping[str, str]:
    """The TOML of the instruments that come with Mentorly, by name."""
    files = sorted(FOLDER.glob("*.toml"))
    return {file.stem: file.read_text("utf-8") for file in files if file.stem != "opening_questions"}


@lru_cache(512)
def parsed(source: str, name: str) -> Instrument:
    """Read an instrument. Raises Refused with the line, and what is wrong there."""
    if len(source) > MOST_SOURCE:
        raise Refused("This file is too long for an instrument.")
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = LINE_OF_FAULT.search(str(error))
        line = int(found[1]) if found else source.count("\n") + 1
        what = LINE_OF_FAULT.sub("", str(error)).strip()
        raise Misread(line, "", None, Refused("TOML is not written like this ({what}).", what=what)) from None
    except (RecursionError, ValueError):
        raise Misread(1, "", None, Refused("TOML is not written like this.")) from None
    return _instrument(Reading(source, data), name)


def faults_in(data: dict[str, Any], name: str) -> list[Misread]:
    """All that is wrong with an instrument: the first of each thing that is said in it."""
    reading = Reading("", data, [])
    with suppress(Misread):
        _instrument(reading, name)
    return reading.found or []


def _instrument(reading: Reading, name: str) -> Instrument:
    part, data = reading.part, reading.data
    if not NAME.fullmatch(name):
        reading.refuse("name", Refused("The name of an instrument is written in small letters, digits and _."))
    part(lambda: reading.check_keys(data, KNOWN_HERE, None), None)
    kind = part(lambda: reading.one_of(data, "kind", Kind, None), Kind.SURVEY)
    questions = part(partial(question_tables, reading), list[dict[str, Any]]())
    read = Instrument(
        name=name,
        version=part(lambda: reading.number(data, "version", range(1, MOST_VERSION + 1), 1), 1),
        kind=kind,
        asks=tuple(part(lambda: reading.several("asks", Role), [])),
        title=part(lambda: _title(reading), {}),
        about=part(lambda: reading.texts(data, "about", None), {}),
        seen=part(lambda: reading.texts(data, "seen", None, 300), {}),
        text=part(lambda: reading.texts(data, "text", None if kind in SIGNED else {}, MOST_TEXT), {}),
        opens=tuple(part(lambda: reading.several("opens", Opening), [])),
        days=part(lambda: reading.number(data, "days", DAYS, 0), 0),
        months=part(partial(_months, reading), (0,)),
        reminds=part(partial(_reminds, reading), ()),
        tells=part(lambda: reading.flag(data, "tells"), missing=False),
        optional=part(lambda: reading.flag(data, "optional"), missing=False),
        questions=tuple(read_questions(reading, questions)),
        advice=part(lambda: read_advice(reading, questions), {}),
        calls=frozenset(str(table.get("name")) for table in questions if table.get("effect") == "call"),
    )
    part(lambda: _check(reading, read), None)
    return read


def _check(reading: Reading, read: Instrument) -> None:
    """Refuse what would ask nobody or nothing."""
    if Role.LEAD in read.asks and not {Opening.END, Opening.ENDED} & set(read.opens):
        reading.refuse("opens", Refused("Project leads are asked when the program ends: let it open with the end too."))
    if read.kind is not Kind.CODE and not read.answerable and not reading.data.get("questions"):
        reading.refuse("questions", Refused("Ask at least one question."))


def _title(reading: Reading) -> Texts:
    """The title, which is the subject of mails."""
    title = reading.texts(reading.data, "title", None, 120)
    if not all(map(is_visible, title.values())):
        reading.refuse("title", Refused("A title is one line of visible characters."))
    return title


def _months(reading: Reading) -> tuple[int, ...]:
    months = reading.data.get("months", 0)
    listed = months if isinstance(months, list) and months else [months]
    if not all(type(one) is int and one in MONTHS for one in listed) or len(set(listed)) != len(listed):
        reading.refuse("months", Refused("Months are whole numbers from 0 to {most}, each once.", most=MONTHS[-1]))
    return tuple(listed)


def _reminds(reading: Reading) -> tuple[int, ...]:
    days = reading.data.get("reminds", [])
    known = isinstance(days, list) and len(days) <= 5 and all(type(day) is int and day in range(1, 91) for day in days)
    if not known or days != sorted(set(days)):
        fault = Refused("Reminders are at most five numbers of days from 1 to 90, the smallest first.")
        reading.refuse("reminds", fault)
    return tuple(days)
