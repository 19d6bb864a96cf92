"""What the mails about concerns have in common."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.matching.match_values import sample_match
from mentorly.emails.reporting.asking_reports import KINDS
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

CONCERN = (
    selectinload(Concern.raised_by),
    selectinload(Concern.contact),
    selectinload(Concern.relationship).options(
        selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
    ),
)
WORDS = {"en": "We cannot find an hour that suits us both.", "fr": "Nous ne trouvons pas d'heure qui nous convienne."}


def concern_values(concern: Concern, reader: Person) -> dict[str, Any]:
    """Who raised it about which relationship, and of what kind it is."""
    raiser = concern.raised_by
    present = concern.relationship.present
    return {
        "raiser": raiser.name,
        "email": raiser.email,
        "others": [member.person.name for member in present if member.person_id != concern.raised_by_id],
        "program": concern.relationship.program.name,
        "kind": KINDS[Kind(concern.kind)][reader.language],
        "asks_to_end": concern.asks_to_end,
        "contact_name": concern.contact.name if concern.contact else "",
    }


def sample_concern(reader: Person, now: datetime, *, is_own: bool) -> Concern:
    """An invented concern in no session."""
    match = sample_match(now, mentee=reader) if is_own else sample_match(now)
    mentor, mentee = match.relationship.members
    mentor.person_id, mentee.person_id = 1, 2
    return Concern(
        id=1, relationship=match.relationship, raised_by=mentee.person, raised_by_id=2, kind=Kind.SCHEDULING,
        sealed=b"", raised_at=now, revision=0,
    )  # fmt: skip
