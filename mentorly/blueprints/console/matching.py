"""Matching: suggestions with their reasons, one best assignment, a mentor chosen by hand. A person proposes."""

from collections.abc import Iterable, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import (
    blueprint,
    here,
    kept,
    number_in,
    own_program,
    own_programs,
    page_number,
    sought,
    undone,
    whole,
)
from mentorly.blueprints.console.words import reasoned
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.organizations import folded
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposing import places_taken, propose_match, propose_matches
from mentorly.mentoring.suggestions import (
    Suggested,
    best_assignment,
    field_of,
    objections_to,
    suggestions_for,
    suggestions_of,
)

MENTEES_SHOWN = 12
PAIRS_SHOWN = 40
LEFT_SHOWN = 20

Pair = tuple[Person, Person]


@blueprint.get("/matching")
@lead_or_administrator
def matching() -> str:
    """Show every mentee without a mentor, with the best few mentors and why."""
    programs = own_programs()
    program = _chosen(programs)
    leaf = Leaf.cut(_free_mentees(program) if program else [], page_number(), MENTEES_SHOWN)
    return render_template("console/matching.html", programs=programs, program=program, leaf=leaf, sought=sought())


@blueprint.post("/matching/propose")
@lead_or_administrator
def propose() -> Response:
    """Propose one pair, and say what speaks against it."""
    program = here(_posted_program())
    pair = here(next(iter(_pairs(request.form.getlist("pair"))), None))
    moment = now()
    warnings = [reasoned(objection) for objection in objections_to(*pair, program, moment)]
    try:
        proposal = propose_match(session(), program, *pair, moment, by=me())
    except Refused as refusal:
        flash(undone(refusal), "bad")
        return redirect(url_for(".matching", program=program.id), 303)
    kept(Deed.MATCH_PROPOSED, proposal)
    flash(_("%(mentor)s is asked by mail.", mentor=proposal.mentor.name))
    for warning in warnings:
        flash(warning, "warm")
    back = url_for(".proposal", number=proposal.id) if warnings else url_for(".matching", program=program.id)
    return redirect(back, 303)


@blueprint.get("/matching/best")
@lead_or_administrator
def best() -> str:
    """Show one assignment for everybody, to be approved line by line."""
    return _best(_asked_program())


@blueprint.post("/matching/best")
@lead_or_administrator
def propose_best() -> Response | tuple[str, int]:
    """Propose the pairs that were left checked: all of them or none."""
    program = here(_posted_program())
    chosen = request.form.getlist("pair")
    try:
        made = propose_matches(session(), program, _pairs(chosen), now(), by=me())
    except Refused as refusal:
        return _best(program, chosen, undone(refusal)), 422
    kept(Deed.MATCH_PROPOSED, *made)
    flash(ngettext("One mentor is asked by mail.", "%(num)s matches are proposed by mail.", len(made)))
    return redirect(url_for(".matching", program=program.id), 303)


@blueprint.get("/matching/mentees/<int:number>")
@lead_or_administrator
def choose_mentor(number: int) -> str:
    """Show all mentors for one mentee, to choose one by hand."""
    program = _asked_program()
    mentees = sights.participants(me(), program, "mentee").where(Participation.person_id == number)
    mentee = here(sights.found(session(), mentees))
    mentors = sights.participants(me(), program, "mentor", sought()).where(Participation.person_id != number)
    return render_template(
        "console/choose_mentor.html",
        program=program,
        part=mentee,
        suggested=suggestions_for(mentee.person, program, now(), by=me()),
        leaf=Leaf.read(session(), mentors, page_number()),
        taken=places_taken(session(), program, now()),
        sought=sought(),
    )


def _chosen(programs: Sequence[Program]) -> Program | None:
    asked = number_in(request.args, "program")
    return next((one for one in programs if one.id == asked), programs[0] if programs else None)


def _asked_program() -> Program:
    return here(_program(number_in(request.args, "program")))


def _posted_program() -> Program | None:
    return _program(number_in(request.form, "program"))


def _program(number: int | None) -> Program | None:
    try:
        return own_program(number)
    except Refused:
        return None


def _free_mentees(program: Program) -> list[tuple[Person, list[Suggested]]]:
    """The mentees without a mentor, each with suggestions; those for whom there are none come last."""
    moment = now()
    field = field_of(session(), program, moment, me())
    suggested: dict[int, list[Suggested]] = {}
    for one in suggestions_of(session(), program, moment, by=me()):
        suggested.setdefault(one.mentee.id, []).append(one)
    for candidate in field.mentees:
        suggested.setdefault(candidate.id, [])
    named = [(field.people[number], found) for number, found in suggested.items()]
    return [(mentee, found) for mentee, found in named if folded(sought()) in folded(mentee.name)]


def _pairs(written: Iterable[str]) -> list[Pair]:
    """The pairs that a form names as MENTOR-MENTEE; only people whom the viewer may see."""
    numbers = [tuple(map(whole, pair.partition("-")[::2])) for pair in written]
    wanted = {number for pair in numbers for number in pair if number}
    people = {one.id: one for one in session().scalars(sights.people(me()).where(Person.id.in_(wanted)))}
    return [(here(people.get(mentor or 0)), here(people.get(mentee or 0))) for mentor, mentee in numbers]


def _best(program: Program, chosen: Sequence[str] | None = None, fault: str = "") -> str:
    pairs, left = best_assignment(session(), program, now(), by=me())
    return render_template(
        "console/best.html",
        program=program,
        leaf=Leaf.cut(pairs, page_number(), PAIRS_SHOWN),
        left=Leaf.cut(left, 1, LEFT_SHOWN),
        chosen=chosen,
        fault=fault,
    )
