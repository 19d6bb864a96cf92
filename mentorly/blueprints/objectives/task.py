"""One task: done by its owner, spoken of by all who see it, changed and removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings.room import Faulty, answers, keep, sentences, shown
from mentorly.blueprints.objectives.asking import REMARK, TARGET, TASK, owner_among
from mentorly.blueprints.objectives.objective import owner_in
from mentorly.blueprints.objectives.room import blueprint, others_of, own_task
from mentorly.extensions import now
from mentorly.mentoring.base import Refused
from mentorly.mentoring.objectives import sharers
from mentorly.mentoring.questions import Question
from mentorly.mentoring.task_terms import check_day
from mentorly.mentoring.tasks import Task, TaskRemark

Answer = Response | str | tuple[str, int]
Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """Something to do with a task. do: does it with what was answered, and returns what to say then."""

    do: Callable[[Task, Given], object]
    questions: Sequence[Question] = ()


def _done(task: Task, _given: Given) -> object:
    task.finish(me(), now())
    return _("Well done. The others hear of it by mail.")


def _undo(task: Task, _given: Given) -> object:
    task.unfinish(me(), now())
    return _("The task is open again.")


def _remark(task: Task, given: Given) -> object:
    task.remark(me(), given["remark"], now())
    return _("Your remark is kept. The others hear of it by mail.")


def _unsay(task: Task, _given: Given) -> object:
    number = request.form.get("number", "")
    remark: TaskRemark | None = next((one for one in task.said if str(one.id) == number), None)
    if remark is None:
        raise Refused("There is nothing to take back.")
    remark.take_back(me(), now())
    return _("Your remark is deleted.")


def _change(task: Task, given: Given) -> object:
    owner = owner_in(task.objective, given["owner"])
    task.change(given["words"], given["target_on"], owner, me(), now())
    return _("The task is changed.")


def _remove(task: Task, _given: Given) -> object:
    task.remove(me(), now())
    return _("The task is removed.")


ACTS = {
    "done": Act(_done),
    "undo": Act(_undo),
    "remark": Act(_remark, (REMARK,)),
    "unsay": Act(_unsay),
    "change": Act(_change, (TASK, TARGET)),
    "remove": Act(_remove),
}


@blueprint.get("/task/<int:number>")
@signed_in
def task(number: int) -> str:
    """Show a task, and what was said about it."""
    return _page(own_task(number))


@blueprint.post("/task/<int:number>/<act>")
@signed_in
def change_task(number: int, act: str) -> Answer:
    """Do one thing with a task."""
    wanted, one = ACTS.get(act) or abort(404), own_task(number, to_change=True)
    objective = one.objective_id
    try:
        thanks = wanted.do(one, answers(_asked_for(one, act), {"target_on": lambda day: _check_day(one, day)}))
    except Faulty as faulty:
        return _again(number, act, faulty.faults)
    except Refused as refusal:
        return _again(number, act, {"": refusal})
    keep()
    flash(str(thanks))
    if act == "remove":
        return redirect(url_for(".objective", number=objective), 303)
    return redirect(url_for(".task", number=number), 303)


def _check_day(one: Task, day: date) -> None:
    owner = owner_in(one.objective, request.form.get("owner", ""))
    if (day, owner) != (one.target_on, one.owner):
        check_day(one.objective, day, owner, now())


def _asked_for(one: Task, act: str) -> Sequence[Question]:
    people = sharers(one.objective.relationship, one.objective.mentee)
    return [*ACTS[act].questions, *([owner_among(people, me())] if act == "change" else [])]


def _again(number: int, act: str, faults: Mapping[str, Refused]) -> Answer:
    told = sentences(faults)
    return _page(own_task(number), act, faults, told.get("", "")), 422


def _page(one: Task, act: str = "", faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    objective = one.objective
    others = others_of(objective.relationship, objective.mentee)
    written = {"words": one.words, "target_on": one.target_on.isoformat(), "owner": str(one.owner_id)}

    def asked_for(name: str) -> object:
        typed, wrong = (typed_in(), faults or {}) if name == act else (written if name == "change" else {}, {})
        return shown(_asked_for(one, name), others, typed, wrong)

    return render_template(
        "objectives/task.html",
        one=one,
        objective=objective,
        together=objective.relationship,
        mentee=objective.mentee,
        others=others,
        asked_for=asked_for,
        clock=now(),
        failed=act,
        refusal=refusal,
    )
