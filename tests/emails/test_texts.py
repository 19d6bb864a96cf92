"""The words of every mail, in every language that we write."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from html import unescape
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, meta

from mentorly.emails.email import Email
from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.own_words import MARKER
from mentorly.emails.scanning import FOLDER
from mentorly.emails.wording import Links, Written
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from tests.cast import REGISTER

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
PUBLIC = "https://mentorly.example.org"
GIVEN_BY_THE_SERVICE = {"reader", "contact", "takes_replies", "quotes"}
ENGLISH_WORDS = {"the", "you", "your", "with", "and", "of", "from", "this", "will", "have", "mail", "please", "hello"}
NAMES = ("Alice", "Bob", "Carol", "Dave", "Eve", "Grace", "Gagnon", "Tremblay", "Roy", "Chen")
BIG = 15_000
BIG_WITH_CHARTS = 40_000
WITH_CHARTS = {"monthly_figures", "sponsor_figures"}


def each(name: str, values: Iterable[str]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Hold a claim of each of these, and tell of all for which it is wrong: a test for each costs more than it does."""

    def of(claim: Callable[..., None]) -> Callable[..., None]:
        def walk(**others: object) -> None:
            wrong = []
            for value in values:
                try:
                    claim(**others, **{name: value})
                except AssertionError as fault:
                    wrong.append(f"{value}: {fault}")
                except Exception as fault:
                    fault.add_note(f"It is about {value}.")
                    raise
            assert not wrong, "\n\n".join(wrong)

        told = signature(claim)
        walk.__dict__ |= vars(claim)
        walk.__signature__ = told.replace(  # type: ignore[attr-defined]
            parameters=[one for one in told.parameters.values() if one.name != name]
        )
        walk.__name__, walk.__doc__, walk.__module__ = claim.__name__, claim.__doc__, claim.__module__
        return walk

    return of


each_kind = each("name", sorted(REGISTER))
each_language = each("language", sorted(LANGUAGES))


def reader_of(language: str) -> Person:
    reader = sample_person("Bob Tremblay", sample_program(), "mentee")
    reader.language = language
    return reader


def source_of(name: str, language: str) -> str:
    (path,) = FOLDER.glob(f"*/{name}.{language}.md")
    return Path(path).read_text("utf-8")


def sample_values(kind: Email, reader: Person) -> Mapping[str, Any]:
    return {"takes_replies": True, "quotes": True, **kind.sample_values(kind.sample(reader, NOW), reader, NOW)}


def page(name: str, number: int | None = None, /) -> str:
    return f"{PUBLIC}/{name}/{number}" if number else f"{PUBLIC}/{name}"


def written(name: str, language: str, **changed: Any) -> Written:
    kind, reader = REGISTER[name], reader_of(language)
    links = Links(
        lambda button: f"{PUBLIC}/a/token/{button}",
        page,
        kind.why_in(language),
        "help@mentorly.example.org",
        answer=lambda choice: f"{PUBLIC}/a/another/{choice.button}",
    )
    return kind.wordings[language].write({**sample_values(kind, reader), **changed}, reader, links)


@each_kind
def test_every_mail_has_the_same_buttons_in_every_language(name: str) -> None:
    kind = REGISTER[name]
    assert {wording.buttons for wording in kind.wordings.values()} == {tuple(kind.buttons)}


@each_kind
def test_every_mail_says_why_it_is_sent_in_every_language(name: str) -> None:
    kind = REGISTER[name]
    assert kind.why_in("en").startswith("You get this because ")
    assert re.match("Vous recevez ce courriel(, une seule fois,)? parce qu", kind.why_in("fr"))
    assert not kind.wordings["en"].why, "English says why in the docstring, once"


@each_kind
@each_language
def test_every_subject_is_short_and_names_nobody(name: str, language: str) -> None:
    subject = written(name, language).subject
    assert 0 < len(subject) <= 90
    assert not subject.endswith("…")
    assert not [word for word in NAMES if word in subject]


@each_kind
def test_no_text_is_left_in_english(name: str) -> None:
    english, french = (source_of(name, language) for language in ("en", "fr"))
    said = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\(\w+:[^)]*\)", " ", french, flags=re.DOTALL).lower()
    assert not ENGLISH_WORDS & set(re.findall(r"[a-zà-ÿ]+", said))
    assert set(filter(_is_prose, english.splitlines())).isdisjoint(french.splitlines())


@each_kind
@each_language
def test_what_a_digest_says_of_a_mail_tells_nothing_that_the_mail_does_not(name: str, language: str) -> None:
    first, second, rest = source_of(name, language).split("\n", 2)
    line = second.removeprefix("= ") if second.startswith("= ") else first
    in_full = told(rest + first)
    assert told(line) <= in_full | ({"short"} if "words" in in_full else set())


def told(text: str) -> set[str]:
    """The values that a text speaks of."""
    plain = re.sub(r"\|\w+(\(.*?\))?", "", text)
    return meta.find_undeclared_variables(Environment(autoescape=True).parse(plain))


def _is_prose(line: str) -> bool:
    code = r"\{\{.*?\}\}|\{%.*?%\}|\((?:mailto|again|answer|page|progress):.*?\)|\S*\{%.*"
    return bool(re.search(r"[a-z]{3}", re.sub(code, "", line)))


@each_kind
@each_language
def test_a_text_speaks_only_of_what_its_kind_tells_it_on_every_path(name: str, language: str) -> None:
    environment = Environment(autoescape=True)
    environment.filters |= dict.fromkeys(
        ("day", "dated", "moment", "hour", "lasting", "listed", "lines", "mailbox"), str
    )
    spoken_of = meta.find_undeclared_variables(environment.parse(source_of(name, language)))
    assert spoken_of <= GIVEN_BY_THE_SERVICE | set(sample_values(REGISTER[name], reader_of(language)))


@each_kind
@each_language
def test_every_link_of_the_html_is_in_the_text_too(name: str, language: str) -> None:
    mail = written(name, language)
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', mail.html)]
    assert len(links) >= 2
    assert [link for link in links if link.removeprefix("mailto:") not in mail.text] == []


@each_kind
@each_language
def test_every_mail_is_small_and_without_leftovers(name: str, language: str) -> None:
    mail = written(name, language)
    assert len(mail.html.encode()) < (BIG_WITH_CHARTS if name in WITH_CHARTS else BIG)
    for part in (mail.subject, mail.text, mail.html):
        assert not re.search(r"\{\{|\{%|jj\d{4}jj|None|Undefined|object at 0x", part)
    assert not re.search(r"[\u00a0\x1e\x1f]|&\w+;", mail.text)
    assert not re.search(r"\n\n\n|[ \t]\n", mail.text)


@each_kind
@each_language
def test_every_mail_greets_its_reader_by_name(name: str, language: str) -> None:
    greeting = {"en": "Hello Bob,\n", "fr": "Bonjour Bob,\n"}[language]
    assert written(name, language, takes_replies=False).text.startswith(greeting)
    assert written(name, language).text.startswith(f"{MARKER[language]}\n\n{greeting}")


@each_kind
@each_language
def test_every_mail_has_the_line_above_which_people_reply_where_replies_arrive(name: str, language: str) -> None:
    for part in (written(name, language).text, unescape(written(name, language).html)):
        assert part.count(MARKER[language]) == 1
    closed = written(name, language, takes_replies=False)
    assert MARKER[language] not in closed.text + unescape(closed.html)


@each_language
def test_a_welcome_shows_the_temporary_password_if_there_is_one(language: str) -> None:
    mail = written("welcome", language, temporary_password="k7mw-pq3x")
    assert "\n\nk7mw-pq3x\n\n" in mail.text
    assert re.search(r"<code[^>]*>k7mw-pq3x</code>", mail.html)
    assert f"{PUBLIC}/a/token/password" in mail.text
    assert f"{PUBLIC}/sign_in" in mail.text
    assert "help@mentorly.example.org" in mail.text.partition("\n\n---")[0]


@each_language
def test_a_welcome_to_somebody_with_a_password_offers_none(language: str) -> None:
    mail = written("welcome", language, temporary_password="")
    assert "/a/token/password" not in mail.text + mail.html
    assert "<code" not in mail.html
    assert f"{PUBLIC}/sign_in" in mail.text


@pytest.mark.parametrize(("language", "asks"), [("en", "single word"), ("fr", "un seul mot")])
def test_a_welcome_asks_for_a_reply_only_where_replies_arrive(language: str, asks: str) -> None:
    assert asks in written("welcome", language, takes_replies=True).text
    assert asks not in written("welcome", language, takes_replies=False).text


@pytest.mark.parametrize("roles", [[], ["lead"], ["lead", "mentee", "mentor"], ["mentor"]])
@each_language
def test_a_welcome_names_every_role_and_program(language: str, roles: list[str]) -> None:
    text = " ".join(written("welcome", language, roles=roles, programs=["Pilot", "Spring"]).text.split())
    names = {
        "lead": ("project lead", "responsable de projet"),
        "mentee": ("mentee", "mentorée ou mentoré"),
        "mentor": ("mentor",) * 2,
    }
    assert ("Pilot and Spring" if language == "en" else "Pilot et Spring") in text
    first = text.partition("!")[0]
    assert all(names[role][language == "fr"] in first for role in roles)
    waits = {"en": "as soon as you are matched", "fr": "dès que votre jumelage"}[language]
    assert (waits in text) == ("mentor" in roles)


@pytest.mark.parametrize("name", ["match_proposed", "match_chased"])
@each_language
def test_a_mentor_is_told_no_contact_details_before_accepting(name: str, language: str) -> None:
    letter = " ".join(written(name, language).text.partition("\n\n---")[0].split())
    assert "Bob Tremblay" in letter
    assert "Boréal Robotique" in letter
    assert "@" not in letter
    assert "555" not in letter


@pytest.mark.parametrize(("language", "warning"), [("en", "Please note"), ("fr", "À noter")])
@pytest.mark.parametrize("name", ["match_proposed", "match_chased"])
def test_a_mentor_whose_places_are_taken_is_warned(name: str, language: str, warning: str) -> None:
    assert warning in written(name, language, over_capacity=True).text
    assert warning not in written(name, language, over_capacity=False).text


@each_language
def test_both_mails_that_ask_a_mentor_have_one_subject_so_that_mailboxes_thread_them(language: str) -> None:
    assert written("match_proposed", language).subject == written("match_chased", language).subject


@each_language
def test_a_reservation_is_quoted_only_to_who_chose_to_have_it_quoted(language: str) -> None:
    secret = {"reason": "A conflict.", "words": "We once\nworked together."}
    open_mail = written("match_reserved", language, quotes=True, **secret)
    closed = written("match_reserved", language, quotes=False, **secret)
    assert "A conflict." in open_mail.text
    assert "> We once\n> worked together." in open_mail.text
    assert f"{PUBLIC}/reservation/1" in closed.text
    for part in (closed.subject, closed.text, closed.html, open_mail.subject):
        assert "conflict" not in part.lower()
        assert "worked together" not in part


@pytest.mark.parametrize("name", ["match_lapsed", "match_reserved"])
@each_language
def test_where_nobody_is_left_to_suggest_the_console_is_offered(name: str, language: str) -> None:
    mail = written(name, language, next="", reasons=())
    assert f"{PUBLIC}/console" in mail.text
    assert "/propose" not in mail.text + mail.html


@pytest.mark.parametrize("name", ["match_lapsed", "match_reserved"])
@each_language
def test_the_next_suggestion_says_why(name: str, language: str) -> None:
    text = written(name, language, next="Grace Chen", reasons=("One.", "Two.")).text
    assert "Grace Chen" in text
    assert "\n\n- One.\n- Two.\n\n" in text


@pytest.mark.parametrize("name", ["matched_mentee", "matched_mentor"])
@each_language
def test_people_who_are_matched_can_reach_each_other(name: str, language: str) -> None:
    other = {"name": "Nguyễn Thị Minh", "email": "minh@example.org", "organization": "", "fields": ()}
    mail = written(name, language, others=[other | {"phone": "514-555-0199"}, other | {"phone": ""}])
    assert "minh@example.org\n514-555-0199\n" in mail.text
    assert mail.html.count('href="mailto:minh@example.org"') == 2


@pytest.mark.parametrize("variant", ["mutual", "group"])
@pytest.mark.parametrize("name", ["matched_mentee", "matched_mentor", "matched_lead"])
@each_language
def test_groups_and_mutual_relationships_are_told_as_such(name: str, language: str, variant: str) -> None:
    pair = written(name, language, mutual=False, group=False).text
    assert written(name, language, **{"mutual": False, "group": False, variant: True}).text != pair


@each_language
def test_a_lead_is_told_nobodys_address(language: str) -> None:
    letter = written("matched_lead", language).text.partition("\n\n---")[0]
    assert "@" not in letter


@each_language
def test_a_meeting_is_told_with_its_zone_and_who_proposes_it(language: str) -> None:
    mail = written("invitation", language, by="Carol Roy")
    zone = {"en": "(Eastern Time)", "fr": "(heure de l’Est)"}[language]
    assert zone in mail.subject
    assert zone in " ".join(mail.text.split())
    assert "Carol Roy" in mail.text
    assert "Carol" not in written("invitation", language, by="").text
