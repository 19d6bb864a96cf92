"""A post office over a database with the cast in it, for the tests of mails."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from mentorly.emails.email import Register
from mentorly.emails.post_office import PostOffice
from tests.cast import REGISTER, Cast, Keeper, cast_of, office_of


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    """Everybody, on each of the databases in turn."""
    return cast_of(session, now)


@pytest.fixture(scope="module")
def register() -> Register:
    """The kinds of mail that `office` knows; a file of tests may say others."""
    return REGISTER


@pytest.fixture
def office(cast: Cast, register: Register) -> PostOffice:
    """The post office."""
    return office_of(cast.session, register)


@pytest.fixture
def keeper() -> Keeper:
    """A carrier that keeps what it is given."""
    return Keeper()
