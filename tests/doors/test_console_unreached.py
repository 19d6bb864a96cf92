"""Who is not reached, in the console: what administrators and leads see, and what they can do about it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from mentorly.emails.bounces import Bounce, Complaint
from mentorly.emails.envelope import Envelope
from mentorly.emails.post_office import PostOffice
from mentorly.emails.undelivered import Undelivered
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Family, Suppression
from mentorly.mentoring.unreached import Unreached, Verdict
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words

Open = Callable[[Person | None], Browser]


@pytest.fixture
def bounced(cast: Cast, office: PostOffice, mailed: Callable[[], Mailed]) -> Envelope:
    """The proposal to Alice, which came back."""
    cast.propose(datetime.now(UTC))
    mailed()
    envelope = cast.session.scalars(select(Envelope)).one()
    bounce = Bounce(Verdict.PERMANENT, "5.1.1", "failed", (), "", "delivery-status")
    moment = datetime.now(UTC)
    Undelivered(cast.session, office.register).bounced(envelope, bounce, moment, moment)
    cast.session.commit()
    return envelope


def test_an_administrator_sees_which_mail_came_back_why_and_what_to_do(
    browser_of: Open, cast: Cast, office: PostOffice, bounced: Envelope
) -> None:
    complaint = Complaint("abuse", (), "")
    Undelivered(cast.session, office.register).complained(bounced, complaint, datetime.now(UTC))
    cast.session.commit()
    browser = browser_of(cast.dave)
    page = words(browser.get(f"/console/people/{cast.alice.id}"))
    assert "Match proposed accepted by the mail server came back marked as unwanted" in page
    assert "The mail server takes no mail for this address." in page
    assert "There is no such mailbox. Ask the person for the right address. Code 5.1.1." in page
    assert "One person is not reached by mail" in words(browser.get("/console"))
    assert "Alice Gagnon the address does not work" in words(browser.get("/console/unreached"))


def test_a_lead_sees_that_somebody_is_not_reached_and_no_mail(browser_of: Open, cast: Cast, bounced: Envelope) -> None:
    browser = browser_of(cast.carol)
    for path in ("/console", "/console/unreached", f"/console/people/{cast.alice.id}"):
        page = words(browser.get(path))
        assert "not reached" in page or "do not reach" in page
        assert "Match proposed" not in page
        assert "Optional" not in page
    assert "Correct the address" in words(browser.get("/console/unreached"))


def test_a_lead_of_elsewhere_sees_and_tries_nothing(browser_of: Open, cast: Cast, bounced: Envelope) -> None:
    for part in cast.carol.participations:
        part.organization_id = cast.prairie.id
    cast.session.commit()
    browser = browser_of(cast.carol)
    assert "Alice" not in words(browser.get("/console/unreached"))
    assert browser.fill("/profile", f"/console/people/{cast.alice.id}/try-again").status_code == 404
    assert browser_of(cast.bob).get("/console/unreached").status_code == 403


def test_trying_again_sends_what_did_not_arrive_and_the_list_is_empty(
    browser_of: Open, cast: Cast, bounced: Envelope
) -> None:
    browser = browser_of(cast.carol)
    tried = browser.fill("/console/unreached", f"/console/people/{cast.alice.id}/try-again")
    assert tried.status_code == 303
    assert "is on its way" in words(browser.get(tried.location))
    assert "Mails reach everybody" in words(browser.get("/console/unreached"))
    assert [one.again for one in cast.session.scalars(select(Envelope).order_by(Envelope.id))] == [0, 1]


def test_a_corrected_address_is_off_the_list(browser_of: Open, cast: Cast, bounced: Envelope) -> None:
    page = f"/console/people/{cast.alice.id}"
    browser_of(cast.carol).fill(page, f"{page}/address", email="alice.gagnon@boreal.example.org")
    assert "Mails reach everybody" in words(browser_of(cast.dave).get("/console/unreached"))
    assert cast.session.scalars(select(Suppression.person_id).where(Suppression.holds(Family.NEWS))).all() == []
    assert [row.address for row in cast.session.scalars(select(Unreached))] == ["alice@boreal.example.org"]
