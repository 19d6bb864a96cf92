"""One meeting: answering, moving and calling it off, its agenda, and whether it took place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.forms import typed_in
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.meetings import asking
from mentorly.blueprints.meetings.planning import checks_of, where_in
from mentorly.blueprints.meetings.room import (
    Faulty,
    answers,
    blueprint,
    keep,
    local,
    own_meeting,
    sentences,
    shown,
)
from mentorly.extensions import now
from mentorly.mentoring.acceptance import answer_meeting
from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.choosing import pick_time, propose_other_times
from mentorly.mentoring.countering import counter, keep_time, take_counter
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.outcomes import say_not_held, take_not_held_back
from mentorly.mentoring.own_meetings import ask_of
from mentorly.mentoring.questions import Question
from mentorly.mentoring.sessions import SessionLog, log_of

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """Something to do with a meeting. do: does it with what was answered, and returns what to say then."""

    do: Callable[[Meeting, Given], object]
    questions: Sequence[Question] = ()


def _pick(meeting: Meeting, _given: Given) -> object:
    number = request.form.get("time", "")
    if not number.isdecimal() or len(number) > 1:
        raise Refused("Choose one of the times.")
    pick_time(meeting, me(), int(number), now())
    return _("The meeting is planned. Everybody is invited by mail.")


def _others(meeting: Meeting, given: Given) -> object:
    propose_other_times(meeting, me(), [at for at in given.values() if at], now())
    return _("Your times are proposed.")


def _coming(meeting: Meeting, _given: Given) -> object:
    said = request.form.get("coming", "")
    if said not in {Coming.YES, Coming.MAYBE, Coming.NO}:
        raise Refused("Choose one of the answers.")
    answer_meeting(meeting, me(), Coming(said), now())
    return _("Your answer is kept.")


def _counter(meeting: Meeting, given: Given) -> object:
    counter(meeting, me(), given["counter_at"], now())
    return _("The others are asked whether that time suits them. Until then the meeting stays where it is.")


def _take(meeting: Meeting, _given: Given) -> object:
    take_counter(meeting, me(), now())
    return _("The meeting is moved. Everybody is told by mail.")


def _keep_time(meeting: Meeting, _given: Given) -> object:
    keep_time(meeting, me(), now())
    return _("The meeting stays where it is.")


def _move(meeting: Meeting, given: Given) -> object:
    meeting.change(me(), now(), starts_at=given["move_at"], minutes=given["move_minutes"])
    return _("The meeting is moved. Everybody is told by mail.")


def _place(meeting: Meeting, given: Given) -> object:
    meeting.change(me(), now(), where=where_in(given))
    return _("The place is kept. Everybody is told by mail.")


def _agenda(meeting: Meeting, given: Given) -> object:
    write_agenda(meeting, me(), given["agenda"], now())
    return _("The agenda is kept.")


def _off(meeting: Meeting, given: Given) -> object:
    meeting.call_off(me(), given["reason"], now())
    return _("The meeting is called off.")


def _held(meeting: Meeting, given: Given) -> object:
    SessionLog.of_meeting(meeting, me(), given["took"], given["topics"], now())
    return _("It is in the session log. The others are asked to confirm it.")


def _not_held(meeting: Meeting, _given: Given) -> object:
    say_not_held(meeting, me(), now())
    return _("It is kept that this meeting did not take place.")


def _reopen(meeting: Meeting, _given: Given) -> object:
    take_not_held_back(meeting, me(), now())
    return _("It is open again whether this meeting took place.")


ACTS = {
    "pick": Act(_pick),
    "others": Act(_others, asking.TIMES),
    "coming": Act(_coming),
    "counter": Act(_counter, (asking.COUNTER_AT,)),
    "take": Act(_take),
    "keep": Act(_keep_time),
    "move": Act(_move, asking.MOVE),
    "place": Act(_place, asking.WHERE),
    "agenda": Act(_agenda, (asking.AGENDA,)),
    "off": Act(_off, (asking.REASON,)),
    "held": Act(_held, (asking.TOOK, asking.TOPICS)),
    "not-held": Act(_not_held),
    "reopen": Act(_reopen),
}


@blueprint.get("/meeting/<int:number>")
@signed_in
def meeting(number: int) -> str:
    """Show a meeting, and what can be done with it."""
    return _page(own_meeting(number))


@blueprint.post("/meeting/<int:number>/<act>")
@signed_in
def act(number: int, act: str) -> Response | tuple[str, int]:
    """Do one thing with a meeting."""
    wanted, one = ACTS.get(act) or abort(404), own_meeting(number, to_change=True)
    try:
        thanks = wanted.do(one, answers(wanted.questions, _checks(one)))
    except Faulty as faulty:
        return _again(number, act, faulty.faults)
    except Refused as refusal:
        return _again(number, act, {"": refusal})
    keep()
    flash(str(thanks))
    return redirect(url_for(".meeting", number=number), 303)


def _checks(one: Meeting) -> Mapping[str, Callable[[Any], object]]:
    known = checks_of(one.relationship)
    at, minutes = known[asking.FIRST.name], known[asking.LENGTH.name]
    move_at = lambda moment: moment == one.starts_at or at(moment)  # noqa: E731 - what stays is not refused
    return {**known, "counter_at": at, "move_at": move_at, "move_minutes": minutes}


def _again(number: int, act: str, faults: Mapping[str, Refused]) -> tuple[str, int]:
    told = sentences(faults)
    return _page(own_meeting(number), act, faults, told.get("", "")), 422


def _page(one: Meeting, act: str = "", faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    others, moment = one.others(me()), now()
    written = {
        "move_at": local(one.starts_at),
        "move_minutes": str(one.minutes),
        "took": str(one.minutes),
        **{name: getattr(one, name) for name in ("place", "link", "phone", "agenda", "reason")},
    }

    def asked_for(name: str) -> object:
        typed, wrong = (typed_in(), faults or {}) if name == act else (written, {})
        return shown(ACTS[name].questions, others, typed, wrong)

    return render_template(
        "meetings/meeting.html",
        one=one,
        together=one.relationship,
        others=others,
        mine=one.attendance(me()),
        ask=ask_of(one, me(), moment),
        log=log_of(one) if one.held else None,
        begun=one.starts_at is not None and one.starts_at <= moment,
        clock=moment,
        asked_for=asked_for,
        failed=act,
        refusal=refusal,
    )
