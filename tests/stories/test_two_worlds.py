"""Two worlds that differ in one private value: nobody else can tell which of them they live in (rules C11).

The story of a relationship, from the match to three months after its end, is walked in both. Every mail and what its
links lead to, every page, file and feed that each other person opens, and every line of the log have to be the same,
byte for byte, as the clock stands still while it is looked at and rows have the same numbers.
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
from mentorly.mentoring import figure_files, privacy
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Category
from mentorly.mentoring.people import Person
from mentorly.mentoring.privacy import Hat, What
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Member
from tests.apps import Apps
from tests.stories.worlds import EVERYBODY, Seen, Values, Worlds, differences

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
# Where one world has a mail that the other has not, a round that sends it says so in the log, as a number.
EXISTENCE = frozenset({"reports", "concern"})
COUNTED = re.compile(r"\b(collected|sent|folded|withdrawn)=\d+")
ONE_BY_ONE = bool(os.environ.get("MENTORLY_EACH_VALUE"))
DIFFERENT = [
    (readers, told)
    for readers, values in OTHERWISE.items()
    for told in ([{name: value} for name, value in values.items()] if ONE_BY_ONE else [values])
]


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
    return replace(seen, log=COUNTED.sub("", seen.log))


@pytest.mark.parametrize(("readers", "told"), DIFFERENT, ids="+".join)
def test_nobody_else_can_tell_two_worlds_apart(
    worlds: Worlds, usual: dict[str, Seen], readers: Collection[str], told: dict[str, object]
) -> None:
    """`MENTORLY_EACH_VALUE=1` lets the values differ one by one, to find which of them leaks."""
    one, others = _walked(worlds, usual), [who for who in EVERYBODY if who not in readers]
    other = worlds.walk(replace(Values(), **told), others)
    if EXISTENCE & set(told):
        one, other = _uncounted(one), _uncounted(other)
    assert differences(one, other, readers) == []
    for reader in readers:
        kept = other.of[reader].items()
        assert [what for what, data in kept if one.of[reader].get(what) != data], f"{reader} gets it, or it is not told"


def test_the_usual_world_is_the_same_twice(worlds: Worlds, usual: dict[str, Seen]) -> None:
    """Nothing but the value can make a difference, and everybody sees something."""
    one, again = _walked(worlds, usual), worlds.walk(Values(), among=("carol",))
    assert differences(one, replace(again, log=one.log), among=("carol",)) == []
    assert {who for who, seen in one.of.items() if len(seen) > 40} == set(EVERYBODY)
    for who in ("alice", "bob", "carol"):
        kept = " ".join(one.of[who])
        assert all(what in kept for what in ("mail 0", "link 0 opened by nobody", "feed", "/home afterwards")), who


def test_five_leaks_are_found(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The length of a private note: on the lead's page, in the lead's file, in a mail to the lead, in the log.

    And that there are reports, to the mentee.
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

    monkeypatch.setattr(relationships, "tasks_in", on_page)
    monkeypatch.setattr(figure_files, "tasks_in", on_page)
    monkeypatch.setattr(SomethingUnfinished, "values", in_words)
    monkeypatch.setattr(Note, "write", in_log)
    monkeypatch.setitem(privacy.MAY_SEE, Hat.MENTEE, frozenset(What))
    monkeypatch.setattr(privacy, "report_days", lambda _viewer, _together, reports: [at for at, _ in reports])
    short, long = Values(note="It", reports=0), Values(note="It is longer", reports=3)
    among = ("bob", "carol")
    found = differences(worlds.walk(short, among), worlds.walk(long, among), among=among)
    page, file, existence = "carol: /console/relationships/1", "carol: /console/relationships/1.csv", "bob: /who-sees"
    assert {page, file, existence, "the log"} <= set(found)
    assert [what for what in found if what.startswith("carol: mail")]
