"""One objective: its plan, its tasks, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import Faulty, answers, keep, own_relationship, sentences, shown
from mentorly.blueprints.objectives.asking import PLAN, TARGET, TASK, owner_among, plan_in
from mentorly.blueprints.objectives.overview import said_of
from mentorly.blueprints.objectives.room import blueprint, others_of, own_objective, whose
from mentorly.blueprints.reading import language
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.objectives import Ending, Objective, sharers
from mentorly.mentoring.own_objectives import OwnObjectives
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.starting import starting_sentence, starting_sentences
from mentorly.mentoring.task_terms import check_day
from mentorly.mentoring.tasks import Task

Answer = Response | str | tuple[str, int]
Given = Mapping[str, Any]


@blueprint.get("/objectives/<int:number>/open")
@signed_in
def ask_objective(number: int) -> Answer:
    """Ask what a mentee wants to reach; a sentence to begin with may be chosen."""
    together = own_relationship(number)
    category, _dash, place = request.args.get("start", "").partition("-")
    title = starting_sentence(category, place, language())
    return _form(together, whose(together), {"title": title, "category": category} if title else {}, {})


@blueprint.post("/objectives/<int:number>/open")
@signed_in
def open_objective(number: int) -> Answer:
    """Open an objective."""
    together = own_relationship(number, to_change=True)
    mentee = whose(together)
    try:
        one = Objective.open(together, mentee, plan_in(answers(PLAN)), me(), now())
    except Faulty as faulty:
        return _again(number, faulty.faults)
    except Refused as refusal:
        return _again(number, {"": refusal})
    keep()
    flash(_("The objective is open. Now give it a first task."))
    return redirect(url_for(".objective", number=one.id), 303)


def _again(number: int, faults: Mapping[str, Refused]) -> Answer:
    told = sentences(faults)
    together = own_relationship(number)
    return _form(together, whose(together), typed_in(), faults, told.get("", "")), 422


def _form(
    together: Relationship, mentee: Person, typed: Given, faults: Mapping[str, Refused], refusal: str = ""
) -> str:
    return render_template(
        "objectives/open.html",
        together=together,
        mentee=mentee,
        questions=shown(PLAN, others_of(together, mentee), typed, faults),
        starts=starting_sentences(),
        said_of=said_of,
        faulty=bool(faults),
        refusal=refusal,
    )


@dataclass(frozen=True)
class Act:
    """Something to do with an objective. do: does it with what was answered, and returns what to say then."""

    do: Callable[[Objective, Given], object]
    questions: Sequence[Question] = ()


def _change(one: Objective, given: Given) -> object:
    one.change(plan_in(given), me(), now())
    return _("The objective is changed.")


def _reach(one: Objective, _given: Given) -> object:
    one.close(Ending.REACHED, me(), now())
    return _("Well done: this objective is reached.")


def _drop(one: Objective, _given: Given) -> object:
    one.close(Ending.DROPPED, me(), now())
    return _("This objective is dropped.")


def _reopen(one: Objective, _given: Given) -> object:
    one.reopen(me(), now())
    return _("This objective is open again.")


def _add(one: Objective, given: Given) -> object:
    task = Task.add(one, given["words"], given["target_on"], owner_in(one, given["owner"]), me(), now())
    if task.owner is me():
        return _("The task is added.")
    return _("The task is added. %(name)s hears of it by mail.", name=task.owner.name)


ACTS = {
    "change": Act(_change, PLAN),
    "reach": Act(_reach),
    "drop": Act(_drop),
    "reopen": Act(_reopen),
    "task": Act(_add, (TASK, TARGET)),
}


@blueprint.get("/objective/<int:number>")
@signed_in
def objective(number: int) -> str:
    """Show an objective and its tasks."""
    return _page(own_objective(number))


@blueprint.post("/objective/<int:number>/<act>")
@signed_in
def change_objective(number: int, act: str) -> Answer:
    """Do one thing with an objective."""
    wanted, one = ACTS.get(act) or abort(404), own_objective(number, to_change=True)
    try:
        thanks = wanted.do(one, answers(_asked_for(one, act), {"target_on": lambda day: _check_day(one, day)}))
    except Faulty as faulty:
        return _faulty(number, act, faulty.faults)
    except Refused as refusal:
        return _faulty(number, act, {"": refusal})
    keep()
    flash(str(thanks))
    return redirect(url_for(".objective", number=number), 303)


def owner_in(one: Objective, chosen: str) -> Person:
    """Who was chosen to do a task; the mentee, if nobody was."""
    people = sharers(one.relationship, one.mentee)
    return next((person for person in people if str(person.id) == chosen), one.mentee)


def _check_day(one: Objective, day: date) -> None:
    check_day(one, day, owner_in(one, request.form.get("owner", "")), now())


def _asked_for(one: Objective, act: str) -> Sequence[Question]:
    people = [owner_among(sharers(one.relationship, one.mentee), me())] if act == "task" else []
    return [*ACTS[act].questions, *people]


def _faulty(number: int, act: str, faults: Mapping[str, Refused]) -> Answer:
    told = sentences(faults)
    return _page(own_objective(number), act, faults, told.get("", "")), 422


def _page(one: Objective, act: str = "", faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    together, others = one.relationship, others_of(one.relationship, one.mentee)
    own = OwnObjectives.of(together, one.mentee)
    written = {name: str(value) for name, value in one.plan._asdict().items()}

    def asked_for(name: str) -> object:
        typed, wrong = (typed_in(), faults or {}) if name == act else (written if name == "change" else {}, {})
        return shown(_asked_for(one, name), others, typed, wrong)

    return render_template(
        "objectives/objective.html",
        one=one,
        together=together,
        mentee=one.mentee,
        others=others,
        tasks=own.tasks_of(one),
        progress=own.progress(one),
        asked_for=asked_for,
        said_of=said_of,
        clock=now(),
        failed=act,
        refusal=refusal,
    )
