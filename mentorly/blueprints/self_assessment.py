"""The self-assessment for mentors: open to everybody, nothing is kept, and it decides nothing."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mentorly.blueprints.filling import Part, words_typed
from mentorly.blueprints.forms import asked as fields
from mentorly.blueprints.reading import said, timezone
from mentorly.extensions import limiter
from mentorly.mentoring.base import Refused
from mentorly.mentoring.questions import Heading
from mentorly.mentoring.self_assessing import result, self_assessment

blueprint = Blueprint("self_assessment", __name__)


@blueprint.get("/self-assessment")
def form() -> str:
    """Ask."""
    return _form({}, {})


@blueprint.post("/self-assessment")
@limiter.limit("30/minute")
def answer() -> ResponseReturnValue:
    """Show the result at once."""
    typed = words_typed()
    given, faults = _checked(typed)
    if faults:
        return _form(typed, faults), 422
    try:
        areas = result(self_assessment(), given)
    except Refused as refusal:
        return _form(typed, {}, said(refusal)), 422
    return render_template("self_assessment/result.html", instrument=self_assessment(), areas=areas)


def _checked(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Refused]]:
    given: dict[str, Any] = {}
    faults: dict[str, Refused] = {}
    for question in self_assessment().answerable:
        try:
            given[question.name] = question.check(typed.get(question.name, ""), ZoneInfo(timezone()))
        except Refused as refusal:
            faults[question.name] = refusal
    return given, faults


def _form(typed: Mapping[str, str], faults: Mapping[str, Refused], refusal: str = "") -> str:
    instrument = self_assessment()
    parts = [Part("")]
    for one in fields(instrument.questions, typed, faults):
        if isinstance(one.question, Heading):
            parts.append(Part(one.label))
        else:
            parts[-1].fields.append(one)
    shown = [part for part in parts if part.fields]
    told = {"instrument": instrument, "parts": shown, "number": len(instrument.answerable), "refusal": refusal}
    return render_template("self_assessment/form.html", faulty=bool(faults), **told)
