"""The archive of what is kept about a person: a link that works once, for that person alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

from mentorly.blueprints.archive_codes import CODES, CODES_OF
from mentorly.emails import calendars_taken
from mentorly.emails.reply import IN_DOUBT, Outcome
from mentorly.mentoring.audit import AuditEntry
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.notes import Note
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Family, Suppression, Why
from mentorly.mentoring.unreached import Verdict
from tests.cast import Cast
from tests.doors.conftest import Browser, Mailed, words

Open = Callable[..., Browser]


def test_a_person_asks_for_it_and_presses_once(cast: Cast, browser_of: Open, mailed: Callable[[], Mailed]) -> None:
    now = datetime.now(UTC)
    together = cast.propose(now).accept(cast.alice, now)
    Note.write(together, cast.bob, "<b>Mine & only mine</b>", cast.bob, now, is_shared=False)
    Note.write(together, cast.bob, "Hers alone", cast.alice, now, is_shared=False)
    cast.session.commit()
    own = browser_of(cast.bob)
    assert "en route" in words(own.get(own.fill("/profile", to="/profile/data").location))
    assert "a déjà été faite" in words(own.get(own.fill("/profile", to="/profile/data").location))
    address = f"/a/{mailed()('what_we_hold', 'bob')}/download"
    anybody = browser_of(None)
    assert [anybody.get(address).status_code for _ in range(2)] == [200, 200]
    given = anybody.client.post(address)
    assert given.headers["Content-Disposition"] == "attachment; filename=mentorly.zip"
    with ZipFile(BytesIO(given.data)) as archive:
        assert archive.namelist() == ["data.json", "data.html"]
        data, page = json.loads(archive.read("data.json")), archive.read("data.html").decode()
    assert data["profile"][0]["address"] == cast.bob.email
    assert [row["note"] for row in data["notes"]] == ["<b>Mine & only mine</b>"]
    assert '<html lang="fr">' in page
    assert "&lt;b&gt;Mine &amp; only mine&lt;/b&gt;" in page
    assert "Ce que nous détenons à votre sujet" in page
    assert "<dt>Courriel</dt>" in page, "each mail begins with what it is called"
    assert page.count("Il n’y a rien sous ces rubriques") == 1
    assert not [found for found in ("<script", "http", "src=", "Hers alone") if found in page]
    assert data["acts"][-1]["by_you"], "that it was asked for and taken stands in it"
    again = anybody.client.post(address)
    assert again.status_code == 410
    assert "déjà été ouverte" in words(again)
    assert anybody.get(address).status_code == 200
    acts = cast.session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [(one.deed, one.by_id, one.person_id) for one in acts] == [
        (deed, cast.bob.id, cast.bob.id) for deed in ("data_asked_for", "data_taken")
    ]


def test_an_administrator_lets_a_person_have_it_and_sees_nothing_of_it(
    cast: Cast, browser_of: Open, mailed: Callable[[], Mailed]
) -> None:
    dave, path = browser_of(cast.dave), f"/console/people/{cast.bob.id}"
    assert "gets a mail with a link" in words(dave.get(dave.fill(path, to=f"{path}/data").location))
    request = cast.session.query(DataRequest).one()
    assert (request.person_id, request.asked_by_id, request.opened_at) == (cast.bob.id, cast.dave.id, None)
    entry = cast.session.query(AuditEntry).one()
    assert (entry.deed, entry.person_id, entry.by_id) == ("data_asked_for", cast.bob.id, cast.dave.id)
    assert ("what_we_hold", "dave") not in mailed().tokens
    assert ("what_we_hold", "bob") in mailed().tokens
    assert "was asked for on" in words(dave.get(dave.fill(path, to=f"{path}/data").location))


def test_its_page_says_the_codes_of_programs_in_the_words_of_its_reader(
    cast: Cast, browser_of: Open, mailed: Callable[[], Mailed]
) -> None:
    now = datetime.now(UTC)
    Suppression.stop(cast.bob, {Family.NEWS}, cast.bob, now)
    DataRequest.ask(cast.bob, None, now)
    cast.session.commit()
    given = browser_of(None).client.post(f"/a/{mailed()('what_we_hold', 'bob')}/download")
    with ZipFile(BytesIO(given.data)) as archive:
        page = archive.read("data.html").decode()
    assert "<dd>l’infolettre</dd>" in page
    assert "<dd>vous l’avez choisi</dd>" in page


def test_every_outcome_and_reason_has_its_words() -> None:
    calendars = {value for name, value in vars(calendars_taken).items() if name.isupper()}
    assert {*Outcome} - IN_DOUBT | calendars | {*Verdict} <= CODES.keys()
    assert {*Why} <= CODES_OF["reason"].keys()


def test_its_link_ends_with_the_address_that_it_went_to(
    cast: Cast, browser_of: Open, mailed: Callable[[], Mailed]
) -> None:
    DataRequest.ask(cast.bob, None, datetime.now(UTC))
    cast.session.commit()
    address = f"/a/{mailed()('what_we_hold', 'bob')}/download"
    bob = cast.session.get_one(Person, cast.bob.id)
    bob.correct_address("bob@elsewhere.example.org", cast.dave, datetime.now(UTC))
    cast.session.commit()
    assert browser_of(None).client.post(address).status_code == 404
