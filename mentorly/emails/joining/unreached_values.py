"""What the mails about an address at which nothing arrives have in common."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import joinedload

from mentorly.mentoring.people import Person
from mentorly.mentoring.unreached import Unreached, Verdict

UNREACHED = (joinedload(Unreached.person),)


def unreached_values(unreached: Unreached) -> dict[str, Any]:
    """Who is not reached, where, and what is known of it. is_new: whether the owner never used the address."""
    return {
        "person": unreached.person.name,
        "address": unreached.address,
        "number": unreached.person_id,
        "verdict": unreached.verdict,
        "code": unreached.code,
        "is_new": unreached.person.is_unanswering,
    }


def sample_unreached(now: datetime) -> Unreached:
    """An invented one in no session."""
    bob = Person(id=100, name="Bob Tremblay", email="bbo.tremblay@example.org")
    return Unreached(
        id=1, person=bob, person_id=bob.id, address=bob.email, verdict=Verdict.PERMANENT, code="5.1.1", since=now,
        lost_at=now, lasting_at=now,
    )  # fmt: skip
