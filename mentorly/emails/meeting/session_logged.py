from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.meeting.asking_if_held import MINUTES, TOPICS
from mentorly.emails.meeting.meeting_values import name_of, sample_attendance
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_questions import Length
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, SessionShare, Way

RIGHT_MINUTES = Length(
    MINUTES.name,
    MINUTES.label,
    {"en": "Such as 45 minutes or 1h30.", "fr": "Par exemple 45 minutes ou 1h30."},
    required=True,
)


class SessionLogged(Email):
    """You get this because somebody wrote into the session log that you met, or corrected that line."""

    due = Due(
        SessionShare,
        reader=SessionShare.person_id,
        moment=SessionShare.asked_at,
        occasion=SessionShare.asked_at,
        joins=(
            (SessionLog, SessionShare.session_log_id == SessionLog.id),
            (Relationship, SessionLog.relationship_id == Relationship.id),
        ),
        while_=SessionShare.awaits_confirmation & SessionLog.stands,
        awaited=SessionShare.awaits_confirmation & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = timedelta(days=30)
    thread = "session"
    loads = (
        selectinload(SessionShare.log).options(
            selectinload(SessionLog.shares).selectinload(SessionShare.person),
            selectinload(SessionLog.logged_by),
            selectinload(SessionLog.corrected_by),
            selectinload(SessionLog.meeting),
        ),
    )
    buttons = {"confirm": (), "correct": (RIGHT_MINUTES, TOPICS)}
    replies = {Meaning.YES: "confirm", Meaning.DONE: "confirm", Meaning.NO: "correct"}
    read_as = ("correct",)

    def held(self, thing: SessionShare) -> SessionLog:
        return thing.log

    def values(self, thing: SessionShare, reader: Person, now: datetime) -> Mapping[str, Any]:
        log = thing.log
        return {
            "log_id": log.id,
            "at": log.began_at,
            "minutes": log.minutes,
            "topics": log.topics,
            "way": log.way,
            "by": name_of(log.said_by, reader),
            "is_correction": log.corrected_by is not None,
            "others": [share.person.name for share in log.shares if share.person_id != reader.id],
        }

    def sample(self, reader: Person, now: datetime) -> SessionShare:
        meeting = sample_attendance(reader, now).meeting
        other = meeting.proposed_by
        log = SessionLog(
            id=1, relationship=meeting.relationship, way=Way.MEETING, began_at=now - timedelta(days=1), minutes=45,
            topics={"en": "Interview practice", "fr": "Préparation d'entrevue"}[reader.language], logged_by=other,
            logged_at=now, revision=0,
        )  # fmt: skip
        log.shares = [
            SessionShare(id=n, person=one, person_id=one.id, asked_at=now) for n, one in enumerate((other, reader), 1)
        ]
        return log.shares[1]

    def settled(self, thing: SessionShare, now: datetime) -> Refused | None:
        return None if thing.log.stands else Refused("This session was struck out of the log.")

    def answered(self, thing: SessionShare, by: Person, given: Given, now: datetime) -> None:
        if given.button == "confirm":
            thing.log.confirm(by, now)
        else:
            thing.log.correct(by, given.said["minutes"], given.said["topics"] or thing.log.topics, now)

    def can_undo(self, thing: SessionShare, button: str) -> bool:
        return button == "confirm"

    def undone(self, thing: SessionShare, by: Person, given: Given, now: datetime) -> None:
        if given.button != "confirm":
            raise Refused("Correct it once more instead: what it said before is not kept.")
        thing.log.unconfirm(by, now)
