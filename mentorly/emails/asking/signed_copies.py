"""A signed copy as a file beside a mail."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from mentorly.emails.attachment import Attachment
from mentorly.emails.spoken import dated, hour, zone_name
from mentorly.mentoring.agreements import Signature
from mentorly.papers import signed_paper

FILE = {"en": "signed-copy.pdf", "fr": "copie-signee.pdf"}
VERSION = {"en": "Version {number}, {digest}", "fr": "Version {number}, {digest}"}


def signed_copy(own: Signature, signatures: Sequence[Signature], program: str) -> Attachment:
    """What somebody signed, in the language in which they read it, with the signatures of all who signed it."""
    language, zone = own.language, own.person.timezone
    paper = signed_paper(
        language,
        own.title,
        program,
        [(one.heading, one.words) for one in own.sections],
        [(one.name, one.person.name, _moment(one.signed_at, language, zone)) for one in signatures],
        VERSION[language].format(number=own.text.number, digest=own.digest[:16]),
        max(one.signed_at for one in signatures),
    )
    return Attachment(FILE[language], "application/pdf", paper)


def _moment(at: datetime, language: str, zone: str) -> str:
    """A moment as a paper says it, which is read years later: June 3, 2027, 2:00 PM (Eastern Time)."""
    told = zone_name(at.astimezone(ZoneInfo(zone)), language)
    return f"{dated(at, language, zone)}, {hour(at, language, zone)} ({told})"
