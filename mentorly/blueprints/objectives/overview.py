"""The page of a mentee's objectives: how far they are, what is to be done next, and the notes."""

from collections.abc import Mapping

from flask import render_template, request

from mentorly.blueprints.forms import Asked, asked, typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import own_relationship
from mentorly.blueprints.objectives.asking import CATEGORIES, HORIZONS, NOTE, audience
from mentorly.blueprints.objectives.room import blueprint, others_of, whose
from mentorly.blueprints.reading import language
from mentorly.emails import spoken
from mentorly.extensions import now, session
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.notes import notes_of
from mentorly.mentoring.objectives import MOST_OPEN, mentees_for
from mentorly.mentoring.own_objectives import OwnObjectives
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

NOTES = 20


@blueprint.get("/objectives/<int:number>")
@signed_in
def overview(number: int) -> str:
    """Show the objectives of a mentee in a relationship, with tasks and notes."""
    together = own_relationship(number)
    return overview_page(together, whose(together))


def overview_page(
    together: Relationship, mentee: Person, faults: Mapping[str, Refused] | None = None, refusal: str = ""
) -> str:
    """The same; with what was typed into a note, and what is wrong with it."""
    asked_for = request.args.get("page", "")
    page = int(asked_for) if asked_for.isdecimal() and len(asked_for) < 7 else 1
    return render_template(
        "objectives/overview.html",
        together=together,
        mentee=mentee,
        mentees=mentees_for(me(), together),
        others=others_of(together, mentee),
        own=OwnObjectives.of(together, mentee),
        most_open=MOST_OPEN,
        leaf=Leaf.read(session(), notes_of(me(), together, mentee), page, NOTES),
        questions=note_questions(others_of(together, mentee), typed_in(), faults or {}),
        clock=now(),
        faulty=bool(faults),
        refusal=refusal,
        said_of=said_of,
    )


def note_questions(
    others: list[Person], typed: Mapping[str, str], faults: Mapping[str, Refused], *, is_shared: bool = False
) -> list[Asked]:
    """What is asked of who writes a note."""
    names = {one: spoken.listed([person.name for person in others], one) for one in ("en", "fr")}
    return asked([NOTE, audience(names, is_shared=is_shared)], typed, faults)


def said_of(name: str) -> str:
    """How a category or a horizon is called."""
    return {**CATEGORIES, **HORIZONS}[name][language()]
