"""The doors to being erased: the console, one's own profile and mailbox, the terminal."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.people import Person
from tests.cast import Cast
from tests.doors.conftest import Mailed, words
from tests.doors.test_meetings import Open, browser_of, together
from tests.stories.kit import Service

__all__ = ["browser_of", "together"]


def erased(cast: Cast, person: Person) -> bool:
    cast.session.expire_all()
    found = cast.session.get_one(Person, person.id).erased_at is not None
    cast.session.commit()
    return found


def test_an_administrator_types_the_address_and_the_person_is_gone_from_the_console(
    browser_of: Open, cast: Cast, together: object
) -> None:
    dave, path, number = browser_of(cast.dave), f"/console/people/{cast.bob.id}/erase", cast.bob.id
    assert path in dave.get(f"/console/people/{number}").text
    page = words(dave.get(path))
    assert "One active relationship ends" in page
    assert "0 " not in page, "nothing is said of what there is none of"
    wrong = dave.fill(path, email="alice@boreal.example.org")
    assert (wrong.status_code, erased(cast, cast.bob)) == (422, False)
    assert "Type bob@boreal.example.org to confirm" in words(wrong)
    assert dave.fill(path, email=" Bob@Boreal.example.org").status_code == 303
    assert erased(cast, cast.bob)
    assert dave.get(path).status_code == 404
    assert "A former participant" in words(dave.get(f"/console/people/{number}")), "where earlier links lead to"
    assert browser_of(cast.carol).get(f"/console/people/{number}").status_code == 404
    assert "Tremblay" not in dave.get("/console/people").text
    assert "a former participant" in words(dave.get("/console/relationships"))
    cast.alice.language = "fr"
    assert "Vous et une ancienne personne participante" in words(browser_of(cast.alice).get("/home"))


def test_a_lead_erases_nobody_and_the_last_administrator_cannot_go(browser_of: Open, cast: Cast) -> None:
    carol = browser_of(cast.carol)
    assert carol.get(f"/console/people/{cast.bob.id}/erase").status_code == 403
    assert "/erase" not in carol.get(f"/console/people/{cast.bob.id}").text
    dave = browser_of(cast.dave)
    page = dave.fill(f"/console/people/{cast.dave.id}/erase", email=cast.dave.email)
    assert "The last administrator cannot be erased" in words(page)
    dave.fill("/profile", "/profile/erase")
    assert "The last administrator cannot be erased" in dave.get("/profile").text


def test_one_asks_on_the_profile_and_the_mails_button_does_it(
    browser_of: Open, cast: Cast, mailed: Callable[[], Mailed]
) -> None:
    cast.bob.language = "en"
    cast.session.commit()
    bob = browser_of(cast.bob)
    assert bob.fill("/profile", "/profile/erase").status_code == 303
    assert not erased(cast, cast.bob)
    path = f"/a/{mailed()('erasure_asked', 'bob')}/erase"
    anybody = browser_of()
    above = anybody.get(path).text.partition("<form")[0]
    assert "nothing can be brought back" in above, "what goes stands above the button, and is not folded away"
    assert "<details" not in above
    assert not erased(cast, cast.bob), "looking at it does nothing"
    page = anybody.client.post(path)
    assert (page.status_code, erased(cast, cast.bob)) == (200, True)
    assert "No mail confirms it" in words(page)
    again = anybody.client.post(path, headers={"Accept-Language": "fr"})
    assert again.status_code == 410
    assert "What was held about you is erased" in words(again), "in the language of who was erased"
    assert anybody.get(path[: path.rindex("/")]).status_code == 410
    assert anybody.get("/unsubscribe" + path[2 : path.rindex("/")]).status_code == 410
    assert anybody.get(path.replace("/a/", "/a/x")).status_code == 404
    assert bob.get("/home").status_code == 303, "signed out everywhere"
    acts = cast.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.deed, one.by_id, one.person_id) for one in acts] == [
        (deed, cast.bob.id, cast.bob.id) for deed in (Deed.ERASURE_ASKED_FOR, Deed.PERSON_ERASED)
    ]
    page = words(browser_of(cast.dave).get("/console/acts"))
    assert "Erased what is held about a person person 2 a former participant" in page


def test_the_terminal_says_what_happens_and_how_long_words_are_kept(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    service.run("admin", "add", "dave@example.org", "--name", "Dave Okoye")
    service.run("admin", "add", "carol@example.org", "--name", "Carol Roy")
    assert "Say --yes" in service.run("erase", "dave@example.org", code=1)
    run = ("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01", "--words-months")
    assert "from 6 to 120 months" in service.run(*run, "3", code=1)
    assert "Pilot runs from" in service.run(*run, "12")
    said = service.run("erase", "Dave@example.org", "--yes")
    assert "Relationships that end: 0." in said
    assert "Erased." in said
    assert "The address is missing" in service.run("export", "", code=1)
    assert "Nobody is registered" in service.run("erase", "dave@example.org", "--yes", code=1)
    with closing(sqlite3.connect(tmp_path / "instance" / "mentorly.sqlite")) as database:
        (left,) = database.execute("SELECT email FROM person WHERE erased_at IS NOT NULL").fetchone()
        for command in (("export", left), ("erase", left, "--yes")):
            assert "has been erased already" in service.run(*command, code=1)
        assert database.execute("SELECT count(*) FROM data_request").fetchone() == (0,)
        acts = database.execute("SELECT deed, by_id, person_id FROM audit_entry ORDER BY id DESC LIMIT 1").fetchall()
        assert acts == [("person_erased", None, 1)]
    assert "last administrator" in service.run("erase", "carol@example.org", "--yes", code=1)
