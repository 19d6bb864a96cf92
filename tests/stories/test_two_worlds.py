"""Two worlds that differ in one private value: nobody else can tell which of them they live in (rules C11).

The story of a relationship, from the match to three months after its end, is walked in both. Every mail and what its
links lead to, every page, file and feed that each other person opens, what the service says of itself (/healthz,
/readyz, /metrics), and every line of the log have to be the same, byte for byte, as the clock stands still while it is
looked at and rows have the same numbers. Nothing is left out; where there is one more mail, its number is (EXISTENCE).
"""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog import get_logger

from mentorly.blueprints.console import relationships
from mentorly.emails.asking.something_unfinished import SomethingUnfinished
from mentorly.mentoring import figure_files, privacy, releases
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category
from mentorly.mentoring.people import Person
from mentorly.mentoring.privacy import Hat, What
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.releases import Group
from mentorly.mentoring.small_groups import Measure, Numbers, Shown
from tests.apps import Apps
from tests.stories.worlds import EVERYBODY, SCRAPER, SPONSOR, Seen, Values, Worlds, differences

pytestmark = pytest.mark.xdist_group("two worlds")

# Each bundle by who may read it, or know of it: another world in which all of it is otherwise.
OTHERWISE: Mapping[tuple[str, ...], Mapping[str, object]] = {
    ("alice", "bob"): {
        "category": Category.NETWORKING,
        "title": "Leave for another company as soon as I can",
        "task": "Write to a headhunter",
        "shared": "We spoke of nothing at all",
        "agenda": "My manager\nMy salary",
        "topics": "How to leave",
        "place": "The lobby of a competitor",
        "remark": "I would like it to be somebody else's task",
        "agreed": "To leave",
    },
    ("bob",): {
        "note": "My mentor never listens to anything",
        "sheet": "To be elsewhere",
        "survey": 5,
        "reflection": "Never to trust a mentor",
        "midway": "Another mentor",
        "end": 1,
        "kept": "I am looking for other work",
    },
    ("alice",): {"mentors_note": "He is not for this work, I am afraid", "mentors_survey": 1},
    ("alice", "carol"): {"report": "He is about to leave the company for another"},
    ("alice", "carol", "dave"): {"reports": 3},
    ("bob", "dave"): {"concern": "conduct"},
}
# Where one world has a mail that the other has not, a round that sends it says so in the log, as a number; and so does
# the scraped count of all such mails.
EXISTENCE = frozenset({"reports", "concern"})
COUNTED = re.compile(r"\b(collected|sent|folded|withdrawn)=\d+")
SCRAPED = re.compile(rb"(?m)^(mentorly_mails_total\{[^}]*\}) [\d.]+$")
PAIR = ("mentee", "mentor")
# Each person, or two who may read nothing, with all that is kept from them.
KEPT_FROM = {
    among: [readers for readers in OTHERWISE if not set(among) & set(readers)]
    for among in (("alice",), ("bob",), ("carol",), ("dave",), ("eve", "gail"))
}
# The long form, in which everybody looks at each value by itself: `make judge`.
ONE_BY_ONE = bool(os.environ.get("MENTORLY_EACH_VALUE"))
Told = Mapping[tuple[str, ...], Mapping[str, object]]
DIFFERENT: list[tuple[tuple[str, ...], Told]] = (
    [
        (tuple(who for who in EVERYBODY if who not in readers), {readers: {name: value}})
        for readers, values in OTHERWISE.items()
        for name, value in values.items()
    ]
    if ONE_BY_ONE
    else [(among, {readers: OTHERWISE[readers] for readers in kept}) for among, kept in KEPT_FROM.items()]
)


@pytest.fixture
def worlds(apps: Apps, capfd: pytest.CaptureFixture[str]) -> Worlds:
    return Worlds(apps, lambda: "".join(capfd.readouterr()))


@pytest.fixture(scope="module")
def usual() -> dict[str, Seen]:
    """The usual world, once it was walked through."""
    return {}


def _walked(worlds: Worlds, usual: dict[str, Seen]) -> Seen:
    if not usual:
        usual[""] = worlds.walk(Values())
    return usual[""]


def _uncounted(seen: Seen) -> Seen:
    scraped = {what: SCRAPED.sub(rb"\1", data) for what, data in seen.of[SCRAPER].items()}
    return replace(seen, log=COUNTED.sub("", seen.log), of={**seen.of, SCRAPER: scraped})


@pytest.mark.parametrize(("among", "told"), DIFFERENT, ids=["+".join(among) for among, _ in DIFFERENT])
def test_nobody_can_tell_apart_two_worlds_that_differ_in_all_that_is_kept_from_them(
    worlds: Worlds, usual: dict[str, Seen], among: Collection[str], told: Told
) -> None:
    """`MENTORLY_EACH_VALUE=1` lets the values differ one by one, to find which of them leaks."""
    values = {name: value for bundle in told.values() for name, value in bundle.items()}
    one, other = _walked(worlds, usual), worlds.walk(replace(Values(), **values), among)
    if EXISTENCE & set(values):
        one, other = _uncounted(one), _uncounted(other)
    assert differences(one, other, among=among) == []
    for readers, bundle in told.items():
        for reader in readers:
            kept = other.of[reader].items()
            changed = [what for what, data in kept if one.of[reader].get(what) != data]
            assert changed, f"{reader} gets it, or it is not told"
        assert _is_read(bundle, [other.of[reader] for reader in readers]), f"{readers} get it, or it is not told"


def _is_read(bundle: Mapping[str, object], by: Collection[Mapping[str, bytes]]) -> bool:
    """Whether words of a bundle, if it has any, are in what its readers get."""
    words = [value.splitlines()[0].encode() for value in bundle.values() if type(value) is str and " " in value]
    return not words or any(word in data for seen in by for data in seen.values() for word in words)


def test_everything_is_kept_from_somebody_who_looks() -> None:
    """The short form leaves nobody and nothing out."""
    assert {who for among in KEPT_FROM for who in among} == set(EVERYBODY)
    assert [readers for readers in OTHERWISE if not any(readers in kept for kept in KEPT_FROM.values())] == []


def test_the_usual_world_is_the_same_twice(worlds: Worlds, usual: dict[str, Seen]) -> None:
    """Nothing but the value can make a difference, and everybody sees something."""
    one, again = _walked(worlds, usual), worlds.walk(Values(), among=("carol",))
    assert differences(one, replace(again, log=one.log), among=("carol",)) == []
    assert {who for who, seen in one.of.items() if len(seen) > 40} == set(EVERYBODY)
    assert b"ok" in one.of[SCRAPER]["/healthz"]
    assert b"oldest_waiting_seconds" in one.of[SCRAPER]["/readyz"]
    assert b"mentorly_mails_total{" in one.of[SCRAPER]["/metrics afterwards"]
    for who in ("alice", "bob", "carol"):
        kept = " ".join(one.of[who])
        assert all(what in kept for what in ("mail 0", "link 0 opened by nobody", "feed", "/home afterwards")), who


def test_all_of_it_happens(worlds: Worlds, usual: dict[str, Seen]) -> None:
    """Every mail of the midway, releases of figures with what mentees chose and answered, and a sponsor's mails."""
    one = _walked(worlds, usual)
    midway = {(kind, name) for kind, name in one.kinds if name.startswith("midway")}
    asked = {(kind, f"midway_{who}") for kind in ("instrument_asked", "instrument_reminder") for who in PAIR}
    assert midway == {*asked, ("call_wanted", "midway_mentee")}
    assert {"objectives", "answer/mentee_baseline/own_skills/match", "change/mentee/own_skills"} <= set(one.released)
    assert set(one.released["objectives"]) == {"2027-03"}, "none tells what Bob alone added"
    mails = b"".join(data for what, data in one.of[SPONSOR].items() if what.startswith("mail"))
    assert mails.count(b"Subject: Mentoring: the figures of Pilot") >= 3
    assert ("monthly_figures", "") in one.kinds


def test_six_leaks_are_found(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The length of a private note: on the lead's page, in the lead's file, in a mail to the lead, in the log.

    And that there are reports, to the mentee; and what one mentee chose, in figures that are released for one.
    """
    counted, told, written = relationships.tasks_in, SomethingUnfinished.values, Note.write

    def of_note(session: Session) -> int:
        return len("".join(session.scalars(select(Note.words).where(~Note.is_shared))))

    def on_page(session: Session, numbers: Collection[int]) -> dict[int, Progress]:
        return {number: one._replace(left=of_note(session)) for number, one in counted(session, numbers).items()}

    def in_words(kind: SomethingUnfinished, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {**told(kind, thing, reader, now), "name": f"Bob {of_note(thing.session)}"}

    def in_log(*given: Any, **more: Any) -> Note:
        get_logger().info("note written", size=len(given[2]))
        return written(*given, **more)

    def of_each(_measure: Measure, organizations: Mapping[Group, Numbers], _before: object) -> dict[Group, Shown]:
        return {group: Shown(numbers) for group, numbers in organizations.items() if group is not None}

    monkeypatch.setattr(relationships, "tasks_in", on_page)
    monkeypatch.setattr(figure_files, "tasks_in", on_page)
    monkeypatch.setattr(SomethingUnfinished, "values", in_words)
    monkeypatch.setattr(Note, "write", in_log)
    monkeypatch.setitem(privacy.MAY_SEE, Hat.MENTEE, frozenset(What))
    monkeypatch.setattr(privacy, "report_days", lambda _viewer, _together, reports: [at for at, _ in reports])
    monkeypatch.setattr(releases, "due_of", of_each)
    short = Values(note="It", reports=0)
    long = Values(note="It is longer", reports=3, category=Category.NETWORKING)
    among, only = ("bob", "carol"), re.compile("/(who-sees|console/(relationships|figures))")
    found = differences(worlds.walk(short, among, only), worlds.walk(long, among, only), among=among)
    page, file, existence = "carol: /console/relationships/1", "carol: /console/relationships/1.csv", "bob: /who-sees"
    assert {page, file, existence, "carol: /console/figures?program=1", "the log"} <= set(found)
    assert [what for what in found if what.startswith("carol: mail")]
