"""The self-assessment for mentors: open to everybody, nothing is kept, and it decides nothing."""

from collections.abc import Mapping

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mentorly.blueprints.filling import checked, parts_of, words_typed
from mentorly.blueprints.forms import asked as fields
from mentorly.blueprints.reading import said
from mentorly.emails.answering import Unclear
from mentorly.extensions import limiter
from mentorly.mentoring.base import Refused
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
    try:
        areas = result(self_assessment(), checked(self_assessment().answerable, typed))
    except Unclear as unclear:
        return _form(typed, unclear.faults), 422
    except Refused as refusal:
        return _form(typed, {}, said(refusal)), 422
    return render_template("self_assessment/result.html", instrument=self_assessment(), areas=areas)


def _form(typed: Mapping[str, str], faults: Mapping[str, Refused], refusal: str = "") -> str:
    instrument = self_assessment()
    shown = parts_of(fields(instrument.questions, typed, faults))
    told = {"instrument": instrument, "parts": shown, "number": len(instrument.answerable), "refusal": refusal}
    return render_template("self_assessment/form.html", faulty=bool(faults), **told)
