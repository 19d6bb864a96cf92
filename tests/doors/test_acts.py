"""The console's record of acts: administrators read it, by person and by program, and take it as a file."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select

from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.calls import CallForHelp
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words
from tests.doors.test_console import join

Open = Callable[..., Browser]


def test_an_administrator_reads_who_did_what_to_whom_and_when(cast: Cast, browser_of: Open) -> None:
    now = datetime.now(UTC)
    proposal = cast.propose(now)
    AuditEntry.write(cast.session, Deed.ADDRESS_CORRECTED, cast.bob, cast.carol, now)
    AuditEntry.write(cast.session, Deed.MATCH_PROPOSED, proposal, None, now)
    cast.session.commit()
    dave = browser_of(cast.dave)
    page = words(dave.get("/console/acts"))
    assert "Proposed a match proposal 1 at the terminal" in page
    assert "Corrected an address person 2 Carol Roy" in page
    assert str(now.year) in page
    of_bob = words(dave.get(f"/console/acts?person={cast.bob.id}"))
    assert "By or to Bob Tremblay" in of_bob
    assert "/sign-out" in dave.get(f"/console/acts?person={cast.bob.id}").text, "who reads has a header"
    assert "Proposed a match proposal 1 at the terminal" in of_bob
    assert "Alice Gagnon Bob Tremblay" in of_bob, "who was paired with whom"
    assert "Corrected an address" not in words(dave.get(f"/console/acts?person={cast.alice.id}"))
    assert f"/console/acts?person={cast.bob.id}" in dave.get(f"/console/people/{cast.bob.id}").text
    file = dave.get(f"/console/acts.csv?program={cast.program.id}")
    assert file.headers["Content-Disposition"] == "attachment; filename=acts.csv"
    lines = file.data.decode("utf-8-sig").splitlines()
    assert lines[1].split(",", 1)[1] == f",match_proposed,proposal,1,{cast.alice.id},{cast.bob.id},1"
    assert not [name for name in ("Carol", "Bob") if name in file.text]
    assert dave.get("/console/acts?person=99999").status_code == 404
    assert dave.get("/console/acts?person=x").status_code == 404
    assert browser_of(cast.carol).get("/console/acts").status_code == 403
    cast.dave.language = "fr"
    cast.session.commit()
    assert "A corrigé une adresse personne 2" in words(dave.get("/console/acts"))


def test_a_button_of_a_mail_leaves_the_line_that_the_console_leaves(
    cast: Cast, browser_of: Open, mailed: Callable[[], Mailed]
) -> None:
    now = datetime.now(UTC)
    proposal = cast.propose(now, by=cast.carol)
    mailed()
    proposal.reserve("other", "", cast.alice, now)
    CallForHelp.make(cast.bob, "Please call me", now)
    chosen = {"mentor": str(join(cast, "Grace Chen", "mentor", cast.boreal, capacity=1).id)}
    tokens, anybody = mailed(), browser_of(None)
    anybody.client.post(f"/a/{tokens('match_reserved', 'carol')}/propose", data=chosen)
    anybody.client.post(f"/a/{tokens('help_wanted', 'dave')}/done")
    acts = cast.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.deed, one.by_id, one.about_id, one.other_id) for one in acts] == [
        (Deed.MATCH_PROPOSED, cast.carol.id, proposal.id + 1, cast.bob.id),
        (Deed.CALL_SETTLED, cast.dave.id, 1, None),
    ]
