"""How days, times and names are said in a language: in words, in the reader's time zone, with the zone's name."""

import gettext
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location, get_timezone_name
from babel.lists import format_list

from mentorly.mentoring.affinity import Reason
from mentorly.mentoring.base import Refused

DAY = {"en": "EEEE, MMMM d", "fr": "EEEE d\u00a0MMMM"}
DATE = {"en": "MMMM d, yyyy", "fr": "d\u00a0MMMM yyyy"}
HOUR = {"en": "h:mm\u00a0a", "fr": "H\u00a0'h'\u00a0mm"}
JOINED = {"en": "{day} at {hour} ({zone})", "fr": "{day} à\u00a0{hour} ({zone})"}
LOCALE = {"en": "en", "fr": "fr_CA"}
LIST_LOCALE = {"en": "en_CA", "fr": "fr_CA"}
POINT = {"en": ".", "fr": ","}
JANUARY, JULY = 1, 7
TRANSLATIONS = Path(__file__).parent.parent / "translations"


def day(moment: date, language: str, timezone: str) -> str:
    """Say a day, or the day of an instant in a zone: Monday, March 8; lundi 8 mars."""
    return _said(_local(moment, timezone), DAY[language], language)


def dated(moment: date, language: str, timezone: str) -> str:
    """Say a day with its year: September 1, 2027; 1er septembre 2027."""
    return _said(_local(moment, timezone), DATE[language], language)


def month_name(day: date, language: str) -> str:
    """Say a month with its year: September 2027; septembre 2027."""
    return _said(day, "MMMM y", language)


def at_time(moment: datetime, language: str, timezone: str) -> str:
    """Say an instant: Monday, March 8 at 2:00 PM (Eastern Time); lundi 8 mars à 14 h 00 (heure de l’Est)."""
    local = moment.astimezone(ZoneInfo(timezone))
    hour = format_datetime(local, HOUR[language], locale=LOCALE[language])
    said = _said(local.date(), DAY[language], language)
    return JOINED[language].format(day=said, hour=hour, zone=zone_name(local, language))


def hour(moment: datetime, language: str, timezone: str) -> str:
    """Say the time of day of an instant: 2:00 PM; 14 h 00."""
    return str(format_datetime(moment.astimezone(ZoneInfo(timezone)), HOUR[language], locale=LOCALE[language]))


def length(minutes: int) -> str:
    """Say how long something takes, in words that are the same in every language."""
    return f"{minutes} minute" if minutes == 1 else f"{minutes} minutes"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("messages", TRANSLATIONS, languages=[language], fallback=True)


def translated(text: str, language: str) -> str:
    """A text of ours in a language: the one that the pages say."""
    return _catalogue(language).gettext(text)


def because(reason: Reason, language: str) -> str:
    """Say a reason for or against a match."""
    joiner = {"en": " and ", "fr": " et "}[language]
    return reason.said(_catalogue(language).gettext(reason.text), joiner, POINT[language])


def said(refusal: Refused, language: str, timezone: str) -> str:
    """Say a refusal: its days and moments in the words of the language."""
    sentence = _catalogue(language).gettext(refusal.sentence)
    values = {name: _worded(value, language, timezone) for name, value in refusal.values.items()}
    return sentence.format(**values) if values else sentence


def _worded(value: object, language: str, timezone: str) -> object:
    if isinstance(value, Refused):
        return said(value, language, timezone)
    if isinstance(value, datetime):
        return at_time(value, language, timezone)
    return dated(value, language, timezone) if isinstance(value, date) else value


def listed(names: Iterable[object], language: str) -> str:
    """Say several things: a, b and c; a, b et c."""
    return _listed(tuple(map(str, names)), language)


@lru_cache(1024)
def _listed(names: tuple[str, ...], language: str) -> str:
    return format_list(names, locale=LIST_LOCALE[language])


def zone_name(local: datetime, language: str) -> str:
    """The name of a zoned instant's zone: its everyday name, or its exact one where that could mean two times."""
    zone = str(local.tzinfo)
    exact = local.utcoffset() != local.replace(fold=not local.fold).utcoffset()
    return ("" if exact else _everyday_name(zone, language)) or get_timezone_name(local, locale=LOCALE[language])


@cache
def _everyday_name(zone: str, language: str) -> str:
    """Eastern Time; '' where the zone never changes its clocks, or where the language has no such name."""
    known = ZoneInfo(zone)
    seasons = {datetime(2027, month, 1, 12, tzinfo=known).utcoffset() for month in (JANUARY, JULY)}
    name = get_timezone_name(known, zone_variant="generic", locale=LOCALE[language])
    place = get_timezone_location(known, locale=LOCALE[language])
    return "" if len(seasons) == 1 or name == place else name


def _local(moment: date, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date() if isinstance(moment, datetime) else moment


@lru_cache(1024)
def _said(local: date, pattern: str, language: str) -> str:
    said = format_date(local, pattern, locale=LOCALE[language])
    return said.replace("1\u00a0", "1er\u00a0", 1) if language == "fr" and local.day == 1 else said
