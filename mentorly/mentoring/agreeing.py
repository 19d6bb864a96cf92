"""Writing into an agreement, and signing: what is signed is what the signer has read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from mentorly.mentoring.agreements import AgreementText, Section, Signature, sections
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import HOLD, Refused
from mentorly.mentoring.instruments import Kind
from mentorly.mentoring.merging import merged
from mentorly.mentoring.particulars import is_visible
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

NAME_LENGTH = 80
LONGEST = 100_000


def sign_code(asked: Asked, by: Person, name: str, language: str, now: datetime) -> Signature:
    """Sign a code by one's typed name. Raises Refused."""
    asked.check_answerable(by, now)
    if asked.instrument.kind is not Kind.CODE:
        raise Refused("This is not signed by one person alone.")
    if asked.finished_at is not None:
        raise Refused("You have signed this already.")
    return _signed(asked, None, sections(asked.instrument, {}, language), by, name, language, now)


def write_agreement(
    asked: Asked, by: Person, said: Mapping[str, str], now: datetime, base: Mapping[str, str] | None = None
) -> AgreementText:
    """Write into the agreement of a relationship; what another wrote meanwhile stays beside it.

    said: the words, by the question's name. base: what the writer saw before writing; None: an empty form. Returns what
    stands now. Raises Refused.
    """
    together = _held(asked, by, now)
    instrument = asked.instrument
    standing = AgreementText.current(together, asked.name)
    before = standing.said if standing else {}
    words = {
        one.name: merged(one, (base or {}).get(one.name, ""), before.get(one.name, ""), str(said.get(one.name) or ""))
        for one in instrument.answerable
    }
    words = {name: text for name, text in words.items() if text}
    if not words and standing is None:
        raise Refused("There is nothing in it yet: please fill in a part of it first.")
    if sum(map(len, words.values())) > LONGEST:
        raise Refused("Together with what the others wrote this has become too long. Please shorten it.")
    asked.forget_draft()
    if standing and words == before and standing.text_id == asked.text_id:
        return standing
    mine = {name: str(text) for name, text in said.items() if text}
    if standing:
        standing.superseded_at = now
        together.session.flush()
    made = AgreementText(
        relationship=together, name=asked.name, number=standing.number + 1 if standing else 1, text=asked.text,
        words=json.dumps(words, ensure_ascii=False, sort_keys=True), written_at=now,
        written_by=by if words == mine else None, signatures=[],
    )  # fmt: skip
    together.session.add(made)
    together.session.flush()
    for other in _asked_with(asked):
        if other.finished_at is not None:
            other.ask_again(now)
        else:
            other.revision += 1
    return made


def sign_agreement(
    asked: Asked, agreement: AgreementText, by: Person, name: str, language: str, now: datetime
) -> Signature:
    """Sign what the members of a relationship have filled in together. Raises Refused."""
    together = _held(asked, by, now)
    asked.session.refresh(agreement)
    if not agreement.is_current:
        raise Refused("This has been changed since you opened it. Please read it again, then sign.")
    if agreement.text_id != asked.text_id:
        raise Refused("The program has a new version of this since. Please open it, read it again, and sign that one.")
    if agreement.signature(by):
        raise Refused("You have signed this already.")
    missing = agreement.missing(language)
    if missing:
        raise Refused("Before it can be signed, this has to be filled in: {what}", what=missing[0])
    made = _signed(asked, agreement, agreement.sections(language), by, name, language, now)
    signers = {one.person_id for one in agreement.signatures}
    if {member.person_id for member in together.present} <= signers:
        agreement.completed_at = now
    return made


def sign_current(agreement: AgreementText, by: Person, name: str, now: datetime) -> Signature:
    """Sign an agreement as one of the relationship who was asked to. Raises Refused."""
    asked = agreement.relationship.session.scalar(
        select(Asked).where(
            Asked.relationship_id == agreement.relationship_id,
            Asked.name == agreement.name,
            Asked.person_id == by.id,
            Asked.withdrawn_at.is_(None),
        )
    )
    if asked is None:
        raise Refused("This agreement is between other people.")
    return sign_agreement(asked, agreement, by, name, by.language, now)


def _held(asked: Asked, by: Person, now: datetime) -> Relationship:
    """The relationship of an agreement, changed by nobody else meanwhile."""
    asked.check_answerable(by, now)
    if asked.instrument.kind is not Kind.AGREEMENT or asked.relationship is None:
        raise Refused("This is not filled in together.")
    asked.session.refresh(asked.relationship, with_for_update=HOLD)
    return asked.relationship


def _asked_with(asked: Asked) -> Sequence[Asked]:
    return asked.session.scalars(
        select(Asked).where(
            Asked.relationship_id == asked.relationship_id, Asked.name == asked.name, Asked.withdrawn_at.is_(None)
        )
    ).all()


def _signed(
    asked: Asked, agreement: AgreementText | None, text: Sequence[Section], by: Person, name: str, language: str,
    now: datetime,
) -> Signature:  # fmt: skip
    name = " ".join(name.split())
    if not name:
        raise Refused("Type your name to sign.")
    if len(name) > NAME_LENGTH:
        raise Refused("A name has at most {most} characters.", most=NAME_LENGTH)
    if not is_visible(name):
        raise Refused("A name cannot hold invisible characters or ones that turn the direction of text.")
    made = Signature.made(asked, agreement, text, by, name, now, language)
    asked.session.add(made)
    asked.session.flush()
    asked.finish(now)
    return made
