"""The record of acts: who did what to whom; as a list and as a CSV file."""

from flask import render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.figures import as_csv
from mentorly.blueprints.console.room import blueprint, here, number_in, page_number
from mentorly.blueprints.guard import administrator, me
from mentorly.blueprints.reading import language
from mentorly.emails.spoken import translated
from mentorly.extensions import session
from mentorly.mentoring.acts import acts_as_csv, acts_for
from mentorly.mentoring.audit import AuditEntry
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program

# What the rows are called that something was done to; each is shown with its number.
ABOUT = {
    "call_for_help": _("call for help"),
    "concern": _("concern"),
    "data_request": _("request for data"),
    "document": _("document"),
    "envelope": _("mail"),
    "erasure_request": _("request to be erased"),
    "instrument_draft": _("draft of a survey or form"),
    "person": _("person"),
    "program": _("program"),
    "program_instrument": _("survey or form"),
    "proposal": _("proposal"),
    "received": _("received message"),
    "relationship": _("relationship"),
    "sponsor": _("sponsor"),
    "unheard": _("somebody who does not answer"),
}


@blueprint.get("/acts")
@administrator
def acts() -> str:
    """List what was done, the newest first: all of it, by or to one person, or in one program."""
    number, program = _asked()
    return render_template(
        "console/acts.html",
        leaf=Leaf.read(session(), acts_for(me(), number, program), page_number()),
        of=here(session().get(Person, number)) if number else None,
        program=here(session().get(Program, program)) if program else None,
        asked={name: one for name, one in (("person", number), ("program", program)) if one},
        told=told,
        about=ABOUT,
    )


@blueprint.get("/acts.csv")
@administrator
def acts_as_file() -> Response:
    """Give the same as a CSV file, of codes and numbers."""
    return as_csv(acts_as_csv(session(), acts_for(me(), *_asked()), language()), "acts.csv")


def told(entry: AuditEntry) -> str:
    """What was done, in the reader's words."""
    return translated(entry.told, language())


def _asked() -> tuple[int | None, int | None]:
    """The numbers of the person and of the program that were asked for; a page "not here" for what is no number."""
    person, program = (
        here(number_in(request.args, name)) if name in request.args else None for name in ("person", "program")
    )
    return person, program
