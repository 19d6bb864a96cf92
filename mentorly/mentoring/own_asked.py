"""What somebody finds of what is asked of them: their own, what others let them read, and what they have signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import HOLD
from mentorly.mentoring.instruments import Opening
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sharing import may_be_read_by

WITH_PEOPLE = selectinload(Relationship.members).joinedload(Member.person)
READ = (
    joinedload(Asked.text),
    joinedload(Asked.program),
    joinedload(Asked.relationship).options(WITH_PEOPLE),
)


@dataclass(frozen=True)
class OwnAsked:
    """What is asked of somebody, as it opens, and the sheets that others let them read."""

    now: datetime
    asked: Sequence[Asked]
    shared: Sequence[Asked]

    @classmethod
    def of(cls, person: Person, now: datetime) -> "OwnAsked":
        """Of all their relationships and programs."""
        own = select(Asked).where(Asked.person_id == person.id, Asked.withdrawn_at.is_(None)).options(*READ)
        return cls(
            now,
            person.session.scalars(own.order_by(Asked.opens_at.is_(None), Asked.opens_at, Asked.id)).unique().all(),
            _shared_with(person),
        )

    @property
    def _unfinished(self) -> list[Asked]:
        return [one for one in self.asked if one.finished_at is None and _open(one, self.now)]

    @property
    def waiting(self) -> list[Asked]:
        """What can be answered now, the oldest first."""
        return [one for one in self._unfinished if not one.is_locked(self.now)]

    @property
    def locked(self) -> list[Asked]:
        """What opens later."""
        return [one for one in self._unfinished if one.is_locked(self.now)]

    @property
    def finished(self) -> list[Asked]:
        """What was answered or signed, the latest first."""
        done = [one for one in self.asked if one.finished_at is not None]
        return sorted(done, key=lambda one: (one.finished_at or self.now, one.id), reverse=True)


def _open(asked: Asked, now: datetime) -> bool:
    """Whether it can still be answered, now or later."""
    together = asked.relationship
    return together is None or not together.is_closed(now) or asked.occasion.startswith(Opening.ENDED)


def _shared_with(person: Person) -> Sequence[Asked]:
    query = (
        select(Asked)
        .join(Member, Member.relationship_id == Asked.relationship_id)
        .where(
            Member.person_id == person.id,
            Member.is_present,
            Asked.shared_at.is_not(None),
            Asked.finished_at.is_not(None),
            Asked.person_id != person.id,
            Asked.withdrawn_at.is_(None),
        )
        .options(*READ, joinedload(Asked.person))
        .order_by(Asked.shared_at.desc(), Asked.id)
    )
    return person.session.scalars(query).unique().all()


def asked_read_by(person: Person, number: int) -> Asked | None:
    """What a person is asked, or a sheet that its author lets them read."""
    query = select(Asked).where(Asked.id == number).options(*READ, selectinload(Asked.responses))
    found = person.session.scalars(query).unique().one_or_none()
    return found if found and may_be_read_by(found, person) else None


def asked_of_oneself(person: Person, number: int) -> Asked | None:
    """What a person is asked, held so that nobody else changes it meanwhile: an agreement by its relationship."""
    found = person.session.get(Asked, number)
    if found is None or found.person_id != person.id:
        return None
    held = found.relationship if found.is_shared_work else found
    person.session.refresh(held or found, with_for_update=HOLD)
    person.session.refresh(found)
    return found


def agreement_read_by(person: Person, number: int) -> AgreementText | None:
    """What stands now of an agreement of one's own relationship, by the number of any of its texts."""
    found = person.session.get(AgreementText, number)
    if found is None or found.relationship.member(person) is None:
        return None
    return AgreementText.current(found.relationship, found.name)


def asked_to_sign(person: Person, agreement: AgreementText) -> Asked | None:
    """What asks a person for an agreement."""
    return person.session.scalar(
        select(Asked)
        .where(
            Asked.relationship_id == agreement.relationship_id,
            Asked.name == agreement.name,
            Asked.person_id == person.id,
            Asked.withdrawn_at.is_(None),
        )
        .order_by(Asked.id)
    )


def signed_by(person: Person, asked: Asked) -> Sequence[Signature]:
    """A person's signatures under something, the latest first."""
    query = select(Signature).where(Signature.asked_id == asked.id, Signature.person_id == person.id)
    loads = joinedload(Signature.agreement).selectinload(AgreementText.signatures)
    return person.session.scalars(query.options(loads).order_by(Signature.id.desc())).unique().all()


def signature_of(person: Person, number: int) -> Signature | None:
    """A signature of one's own."""
    found = person.session.get(Signature, number)
    return found if found and found.person_id == person.id else None
