"""Who reads a page: their language, their time zone, and how days, times and refusals are said to them."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_login import current_user

from mentorly.emails import spoken
from mentorly.mentoring.base import Refused
from mentorly.mentoring.naming import read_in
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.passwords import PASSWORD_LENGTH
from mentorly.mentoring.people import Person

LOCALES = {"en": "en", "fr": "fr_CA"}
TOKEN_DOORS = ("/a/", "/calendar/", "/unsubscribe/", "/documents/", "/inbound")
NOBODYS_ZONE = "America/Toronto"


def by_token() -> bool:
    """Whether a token alone opens this page: it takes no session and sets no cookie (rules B2)."""
    return request.path.startswith(TOKEN_DOORS)


def reader() -> Person | None:
    """Who reads this page: whom the mail was written to, or who is signed in; None if that cannot be known."""
    if g.get("broken"):
        return None
    person: Person | None = g.get("reader") if by_token() else getattr(current_user, "person", None)
    return person


def language() -> str:
    """The reader's language, else the browser's first one that we write."""
    person = reader()
    return person.language if person else request.accept_languages.best_match(LANGUAGES) or "en"


def locale() -> str:
    """The reader's locale, for the translations of the pages."""
    return LOCALES[language()]


def timezone() -> str:
    """The reader's time zone."""
    person = reader()
    return person.timezone if person else NOBODYS_ZONE


def day(moment: date) -> str:
    """Say a day to the reader: Monday, March 8."""
    return spoken.day(moment, language(), timezone())


def dated(moment: date) -> str:
    """Say a day with its year to the reader: September 1, 2027."""
    return spoken.dated(moment, language(), timezone())


def at_time(moment: datetime) -> str:
    """Say an instant to the reader: Monday, March 8 at 2:00 PM (Eastern Time)."""
    return spoken.at_time(moment, language(), timezone())


def listed(names: Iterable[object]) -> str:
    """Say several things to the reader: a, b and c."""
    return spoken.listed(names, language())


def zone_said() -> str:
    """The everyday name of the reader's time zone: Eastern Time."""
    return spoken.zone_name(datetime.now(ZoneInfo(timezone())), language())


def size_said(size: int) -> str:
    """Say how large a file is to the reader: 240 KB, 1.2 MB."""
    unit, thousand = ({"en": "MB", "fr": "Mo"}, 1_000_000) if size >= 1_000_000 else ({"en": "KB", "fr": "ko"}, 1_000)
    number = f"{size / thousand:.1f}".removesuffix(".0") if thousand > 1_000 else str(max(1, round(size / thousand)))
    return f"{number.replace('.', ',') if language() == 'fr' else number}\u00a0{unit[language()]}"


def said(refusal: Refused) -> str:
    """Say a refusal to the reader: in their language, its days and moments in their words."""
    return spoken.said(refusal, language(), timezone())


def teach(app: Flask) -> None:
    """Let the templates speak to the reader."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for filter_ in (day, dated, at_time, listed):
        app.add_template_filter(filter_)
    app.context_processor(_words)
    app.before_request(_listen)


def _listen() -> None:
    """Let names be read in the language of whoever reads this page, which may be known later than now."""
    read_in(lambda: language() if has_request_context() else "en")


def _words() -> dict[str, object]:
    said_once = {"zone_said": zone_said(), "password_length": PASSWORD_LENGTH}
    own = {"language": language(), "languages": LANGUAGES, "size_said": size_said}
    return {**own, "by_token": by_token(), **said_once}
