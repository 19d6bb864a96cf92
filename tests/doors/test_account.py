"""Coming in and going out, passwords, the profile."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.passwords import PasswordRequest
from mentorly.mentoring.people import Person
from tests.cast import MONDAY, Cast, Keeper, offer
from tests.doors.conftest import PASSWORD, Browser, Mailed, words

Open = Callable[..., Browser]
TEMPORARY = "abcdefghjkmnpqrs"


@pytest.fixture
def temporary(cast: Cast) -> Person:
    """Bob, whose welcome with a temporary password has just left."""
    offer(cast.bob, TEMPORARY, datetime.now(UTC))
    cast.session.commit()
    return cast.bob


def test_people_come_to_their_page_and_those_who_run_the_program_to_the_console(browser_of: Open, cast: Cast) -> None:
    for person, page in ((cast.alice, "/home"), (cast.carol, "/console"), (cast.dave, "/console")):
        browser_of(person)
        assert browser_of().sign_in(person).headers["Location"] == page


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(browser_of: Open, cast: Cast) -> None:
    browser_of(cast.alice)
    pages = [
        browser_of().fill("/sign-in", email=email, password="nothing like it")
        for email in (cast.alice.email, cast.bob.email, "nobody@example.org")
    ]
    assert {page.status_code for page in pages} == {422}
    assert len({words(page) for page in pages}) == 1
    assert "do not go together" in words(pages[0])


def test_what_was_typed_is_kept_and_a_password_never_is(browser_of: Open, cast: Cast) -> None:
    page = browser_of().fill("/sign-in", email="alice@wrong.example.org", password="nothing like it")
    assert 'value="alice@wrong.example.org"' in page.text
    assert "nothing like it" not in page.text


def test_a_form_that_is_not_filled_in_says_what_is_missing_beside_it(browser_of: Open, cast: Cast) -> None:
    page = browser_of().fill("/sign-in", email="", password="")
    assert page.status_code == 422
    assert 'id="email-fault">Please write your mail address.' in page.text
    assert 'aria-describedby="email-fault"' in page.text
    assert 'aria-invalid="true"' in page.text


def test_signing_out_ends_the_session(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    assert browser.fill("/home", "/sign-out").status_code == 303
    assert browser.get("/home").status_code == 303


def test_who_is_signed_in_is_not_asked_again(browser_of: Open, cast: Cast) -> None:
    assert browser_of(cast.alice).get("/sign-in").headers["Location"] == "/home"


def test_the_temporary_password_leads_to_an_own_one_and_nowhere_else(browser_of: Open, temporary: Person) -> None:
    browser = browser_of()
    came = browser.sign_in(temporary, TEMPORARY)
    assert came.headers["Location"] == "/password/own"
    for path in ("/home", "/profile", "/who-sees", "/console"):
        assert browser.get(path).headers["Location"].startswith("/sign-in"), path
    assert browser.fill("/password/own", password=PASSWORD).headers["Location"] == "/home"
    assert browser.get("/home").status_code == 200
    assert browser_of().sign_in(temporary, TEMPORARY).status_code == 422
    assert browser_of().sign_in(temporary, PASSWORD).headers["Location"] == "/home"


def test_the_temporary_password_cannot_be_kept(browser_of: Open, temporary: Person) -> None:
    browser = browser_of()
    browser.sign_in(temporary, TEMPORARY)
    page = browser.fill("/password/own", password=TEMPORARY)
    assert page.status_code == 422
    assert "autre que le mot de passe temporaire" in words(page) or "other than the temporary one" in words(page)
    assert browser.get("/home").status_code == 303


@pytest.mark.parametrize("password", ["short", "BOB@BOREAL.EXAMPLE.ORG", "bob tremblay"])
def test_a_password_that_is_easily_guessed_is_refused(browser_of: Open, temporary: Person, password: str) -> None:
    browser = browser_of()
    browser.sign_in(temporary, TEMPORARY)
    page = browser.fill("/password/own", password=password)
    assert page.status_code == 422
    assert "Choose a password" in words(page)
    assert f'value="{password}"' not in page.text


def test_the_temporary_password_expires(browser_of: Open, cast: Cast) -> None:
    offer(cast.bob, TEMPORARY, datetime.now(UTC) - timedelta(days=14, minutes=1))
    cast.session.commit()
    assert browser_of().sign_in(cast.bob, TEMPORARY).status_code == 422


def test_the_way_to_an_own_password_closes_when_the_temporary_one_expires(browser_of: Open, cast: Cast) -> None:
    offer(cast.bob, TEMPORARY, datetime.now(UTC))
    cast.session.commit()
    browser = browser_of()
    browser.sign_in(cast.bob, TEMPORARY)
    cast.bob.temporary_until = datetime.now(UTC)
    cast.session.commit()
    assert browser.get("/password/own").headers["Location"] == "/sign-in"


def test_the_way_to_an_own_password_closes_when_another_way_in_was_used(browser_of: Open, temporary: Person) -> None:
    first, second = browser_of(), browser_of()
    first.sign_in(temporary, TEMPORARY)
    second.sign_in(temporary, TEMPORARY)
    assert second.fill("/password/own", password=PASSWORD).status_code == 303
    assert first.get("/password/own").headers["Location"] == "/sign-in"


def test_an_own_password_is_changed_by_who_knows_it(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    refused = browser.fill("/password/own", present="not this one", password="a cow in the rain")
    assert refused.status_code == 422
    assert "Your present password is another one." in words(refused)
    assert browser.fill("/password/own", present=PASSWORD, password="a cow in the rain").status_code == 303
    assert browser_of().sign_in(cast.alice, "a cow in the rain").status_code == 303


def test_nobody_sets_a_password_without_coming_in(browser_of: Open, cast: Cast) -> None:
    assert browser_of().get("/password/own").headers["Location"] == "/sign-in"
    assert browser_of().fill("/sign-in", "/password/own", password=PASSWORD).headers["Location"] == "/sign-in"


def test_asking_for_a_password_tells_nothing_of_who_is_registered(browser_of: Open, cast: Cast, app: Flask) -> None:
    pages = [browser_of().fill("/password", email=email) for email in (cast.alice.email, "nobody@example.org")]
    assert {page.status_code for page in pages} == {200}
    assert len({words(page) for page in pages}) == 1
    assert len({tuple(sorted(page.headers.keys())) for page in pages}) == 1
    asked = cast.session.scalars(select(PasswordRequest)).all()
    assert [one.person_id for one in asked] == [cast.alice.id, None]


def test_the_mailed_link_sets_a_password_once(
    browser_of: Open, cast: Cast, mailed: Callable[[], Mailed], office: PostOffice
) -> None:
    browser_of().fill("/password", email=cast.bob.email)
    page = f"/a/{mailed()('password_asked', 'bob')}/password"
    form = browser_of().get(page)
    assert 'autocomplete="new-password"' in form.text
    assert 'minlength="10"' in form.text
    assert browser_of().fill(page, password=PASSWORD).status_code == 303
    assert browser_of().sign_in(cast.bob).headers["Location"] == "/home"
    again = browser_of().client.post(page, data={"password": "another one entirely"})
    assert again.status_code == 303
    assert browser_of().sign_in(cast.bob, "another one entirely").status_code == 422


def test_a_password_that_was_changed_is_mailed_about(browser_of: Open, cast: Cast, office: PostOffice) -> None:
    browser_of(cast.alice).fill("/password/own", present=PASSWORD, password="a cow in the rain")
    keeper = Keeper()
    office.round(lambda: datetime.now(UTC), keeper)
    assert [recipient for _sender, recipient, data in keeper.carried if b"password was changed" in data] == [
        cast.alice.email
    ]


def test_signing_in_is_slowed_down_for_one_browser(browser_of: Open, cast: Cast) -> None:
    browser = browser_of()
    tries = [browser.fill("/sign-in", email=f"{number}@example.org", password="x").status_code for number in range(11)]
    assert tries == [422] * 10 + [429]


def test_signing_in_is_slowed_down_for_one_address_wherever_it_is_tried(app: Flask, cast: Cast) -> None:
    answers = []
    for number in range(21):
        elsewhere = Browser(app.test_client())
        elsewhere.client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        answers.append(elsewhere.fill("/sign-in", email=" Alice@Boreal.example.org", password="x").status_code)
    assert answers == [422] * 20 + [429]


def test_asking_for_passwords_is_slowed_down(browser_of: Open, cast: Cast) -> None:
    browser = browser_of()
    asked = [browser.fill("/password", email="nobody@example.org").status_code for _ in range(6)]
    assert asked == [200] * 5 + [429]
    assert "count tries" in words(browser.fill("/password", email="nobody@example.org"))


def preferred(**changes: str) -> dict[str, str]:
    return {"language": "en", "timezone": "America/Toronto", "phone": "", "quiet_from": "", "quiet_until": ""} | changes


def test_a_person_says_how_they_like_their_mails(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    typed = preferred(
        language="fr",
        timezone="Europe/Paris",
        phone=" 514 555-0100 ",
        quiet_from="21:00",
        quiet_until="07:30",
        weekly="y",
        quotes="no",
    )
    kept = browser.fill("/profile", **typed)
    assert kept.status_code == 303
    cast.session.refresh(cast.alice)
    alice = cast.alice
    assert (alice.language, alice.timezone, alice.phone) == ("fr", "Europe/Paris", "514 555-0100")
    assert (alice.quiet_from, alice.quiet_until) == (time(21), time(7, 30))
    assert (alice.weekly, alice.quotes) == (True, False)
    page = browser.get("/profile")
    assert '<html lang="fr">' in page.text
    assert "Votre profil est enregistré." in words(page)
    assert '<option selected value="Europe/Paris">' in page.text


def test_what_is_not_chosen_about_quoting_stays_unanswered(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    assert "checked" not in browser.get("/profile").text.partition("Quote what we write")[2]
    browser.fill("/profile", **preferred())
    cast.session.refresh(cast.alice)
    assert cast.alice.quotes is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"quiet_from": "21:00"}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "Quiet hours need two different times."),
        ({"phone": "5" * 41}, "A phone number has at most 40 characters."),
    ],
)
def test_a_profile_that_cannot_be_kept_is_told_why_and_what_was_typed_stays(
    browser_of: Open, cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    page = browser_of(cast.alice).fill("/profile", **preferred(**typed))
    assert page.status_code == 422
    assert sentence in words(page)
    assert all(f'value="{value}"' in page.text for value in typed.values())
    cast.session.refresh(cast.alice)
    assert cast.alice.quiet_from is None


@pytest.mark.parametrize("typed", [{"timezone": "Mars/Olympus"}, {"language": "tlh"}])
def test_a_profile_takes_only_what_it_offers(browser_of: Open, cast: Cast, typed: dict[str, str]) -> None:
    assert browser_of(cast.alice).fill("/profile", **preferred(**typed)).status_code == 422


def test_an_unusual_zone_stays_what_it_is(browser_of: Open, cast: Cast) -> None:
    cast.alice.timezone = "UTC"
    cast.session.commit()
    browser = browser_of(cast.alice)
    assert '<option selected value="UTC">' in browser.get("/profile").text
    assert browser.fill("/profile", **preferred(timezone="UTC")).status_code == 303


def test_a_person_sees_and_removes_the_other_addresses_that_speak_for_them(browser_of: Open, cast: Cast) -> None:
    home = "alice@home.example.net"
    Alias.confirm(cast.alice, home, cast.alice, MONDAY)
    cast.session.commit()
    alias = Alias.of(cast.alice)[0].id
    cast.session.commit()
    browser, path = browser_of(cast.alice), f"/profile/addresses/{alias}/remove"
    assert home in browser.get("/profile").text
    assert home not in browser_of(cast.bob).get("/profile").text
    assert browser_of(cast.bob).fill("/profile", path).status_code == 303
    assert home in browser.get("/profile").text
    assert browser.fill("/profile", path).status_code == 303
    page = words(browser.get("/profile"))
    assert "The address is removed." in page
    assert "Your other addresses" not in page
    assert not Alias.speaks_for(home, cast.alice)
    cast.session.commit()
    browser.fill("/profile", path)
    assert "This address is not one of yours any more." in words(browser.get("/profile"))


def test_the_profile_weighs_little(browser_of: Open, cast: Cast) -> None:
    browser = browser_of(cast.alice)
    files = [browser.get(path).data for path in ("/profile", "/static/style.css", "/static/mark.svg")]
    assert sum(map(len, files)) < 61_000
