"""The room of what is asked: its blueprint, and whose it is."""

from typing import TypeVar

from flask import Blueprint, abort

from mentorly.blueprints.guard import me
from mentorly.extensions import session
from mentorly.mentoring import own_asked
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked

Row = TypeVar("Row")
LARGEST_NUMBER = 2**31 - 1

blueprint = Blueprint("asked", __name__)


def readable(number: int) -> Asked:
    """What one is asked, or a sheet that its author shares; a page that says "not here" if it is neither."""
    return _here(own_asked.asked_read_by(me(), _small(number)))


def own(number: int) -> Asked:
    """What one is asked, held to be changed."""
    return _here(own_asked.asked_of_oneself(me(), _small(number)))


def own_agreement(number: int) -> AgreementText:
    """What stands now of an agreement of one's own relationship."""
    return _here(own_asked.agreement_read_by(me(), _small(number)))


def shown_text(number: int) -> AgreementText:
    """The very text of an agreement that a page showed, whatever stands now."""
    own_agreement(number)
    return session().get_one(AgreementText, number)


def own_signature(number: int) -> Signature:
    """A signature of one's own."""
    return _here(own_asked.signature_of(me(), _small(number)))


def _here(row: Row | None) -> Row:
    if row is None:
        abort(404)
    return row


def _small(number: int) -> int:
    return number if number <= LARGEST_NUMBER else 0
