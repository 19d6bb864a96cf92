from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.contents import Contents
from mentorly.emails.digests import Digest
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.lines import Line
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress


class DigestMail(Email):
    """You get this because several mails to you fell due on one morning, and one mail a day is enough."""

    due = Due(
        Digest,
        reader=Digest.reader_id,
        moment=Digest.made_at,
        occasion=Digest.day,
        unsent=Digest.sent_at.is_(None),
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    noted = "sent_at"
    carries = True

    @property
    def worse_missed(self) -> bool:
        """A second copy does less harm than several mails that never came."""
        return True

    def values(self, thing: Digest, reader: Person, now: datetime) -> Mapping[str, Any]:
        contents = thing.contents or Contents(thing.session, self.register, now).read([thing])[thing.id]
        return {**contents, "weekly": begins_week(thing, reader)}

    def sample(self, reader: Person, now: datetime) -> Digest:
        return Digest(reader=reader, reader_id=reader.id, day=now.date(), made_at=now, lines=[])

    def sample_values(self, thing: Digest, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "weekly": False,
            "carried": [self._sampled(1, "match_lapsed", reader, now), self._sampled(2, "match_chased", reader, now)],
            "asked": [self._sampled(3, "matched_lead", reader, now)],
            "meetings": [{"at": now + timedelta(days=3), "others": ["Bob Tremblay"]}],
            "objectives": _objectives(reader),
            "tasks": _tasks(reader, now),
            "logs": [{"others": ["Bob Tremblay"], "number": 2, "least": 6, "minutes": 105}],
        }

    def _sampled(self, number: int, name: str, reader: Person, now: datetime) -> Line:
        kind = self.register[name]
        values = kind.sample_values(kind.sample(reader, now), reader, now)
        says = kind.wordings[reader.language].line(values, reader)
        return Line.of(number, says, kind, 0, reader.language)


def _objectives(reader: Person) -> list[Mapping[str, Any]]:
    title = {"en": "A wider network", "fr": "Un réseau plus large"}[reader.language]
    one = {"number": 1, "title": title, "mentee": "Bob Tremblay", "progress": Progress(2, 3)}
    return [one, {**one, "number": 2, "progress": Progress()}]


def _tasks(reader: Person, now: datetime) -> list[Mapping[str, Any]]:
    words = {"en": "Introduce Bob to two colleagues", "fr": "Présenter Bob à deux collègues"}[reader.language]
    late = {
        "number": 4,
        "words": words,
        "on": now.date() - timedelta(days=3),
        "is_late": True,
        "mentee": "Bob Tremblay",
    }
    return [late, {**late, "number": 6, "on": now.date() + timedelta(days=7), "is_late": False}]


def begins_week(digest: Digest, reader: Person) -> bool:
    """Whether it is the one mail of a week, for a reader who chose that."""
    morning = reader.rhythm.next_week_morning(reader.rhythm.midnight(digest.day))
    return reader.weekly and reader.rhythm.day(morning) == digest.day
