"""Rosters: many people at once from a spreadsheet, after a look at what would change; and back to one."""

import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Self

from flask import flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, number_in, own_program, own_programs, undone
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.plans import Plan
from mentorly.mentoring.programs import Program
from mentorly.mentoring.roster import MOST_BYTES, Roster, export_roster
from mentorly.mentoring.rows import Faulty

# A file that was checked comes back in the form itself, so that nothing is kept here; a larger one is chosen again.
CARRIED = 24_000
STEPS_SHOWN = 40
FAULTS_SHOWN = 60

Typed = MultiDict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet that was sent. name: its file's name, as its sender calls it."""

    name: str
    data: bytes

    @classmethod
    def sent(cls) -> Self:
        """The file of this request, or the one that the form carried on. Raises Refused."""
        file = request.files.get("file")
        if file and file.filename:
            return cls(file.filename[:80], file.read(MOST_BYTES + 1))
        if carried := request.form.get("carried"):
            return cls(request.form.get("name", "")[:80], _unfolded(carried))
        raise Refused("Choose a file first.")

    @property
    def carried(self) -> str:
        """The file as text that a form can carry; '' if it is too large for that."""
        text = b64encode(zlib.compress(self.data, 9)).decode()
        return text if len(text) <= CARRIED else ""


def _unfolded(text: str) -> bytes:
    try:
        return zlib.decompressobj().decompress(b64decode(text, validate=True), MOST_BYTES + 1)
    except (ValueError, zlib.error):
        raise Refused("Choose the file again.") from None


@blueprint.get("/people/import")
@lead_or_administrator
def roster() -> str:
    """Ask for a file."""
    return _page(MultiDict(request.args))


@blueprint.post("/people/import")
@lead_or_administrator
def check_or_import() -> Response | tuple[str, int] | str:
    """Show what a roster would change, or do it."""
    typed = request.form
    sheet = None
    try:
        program, sheet = own_program(number_in(typed, "program")), Sheet.sent()
        if typed.get("do") != "import":
            plan = _checked(program, sheet, typed)
            return _page(typed, plan=plan, sheet=sheet)
        plan = Roster.read(sheet.data, sheet.name).import_into(
            session(), program, now(), by=me(), new_organizations="new_organizations" in typed
        )
    except Faulty as faulty:
        return _page(typed, faults=faulty.faults, fault=undone(faulty)), 422
    except Refused as refusal:
        return _page(typed, fault=undone(refusal)), 422
    if plan.changes_something:
        kept(Deed.ROSTER_IMPORTED, program)
    counts = {
        name: len(steps) for name, steps in (("new", plan.new), ("joined", plan.joined), ("changed", plan.changed))
    }
    flash(_("Imported: %(new)s new, %(joined)s joining, %(changed)s changed.", **counts))
    return redirect(url_for(".people"), 303)


@blueprint.get("/people/export")
@lead_or_administrator
def export() -> Response:
    """Write a program's roster as a CSV file."""
    number = number_in(request.args, "program")
    program = here(sights.found(session(), sights.programs(me()).where(Program.id == number)))
    answer = make_response(export_roster(session(), program, me()).encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = "attachment; filename=roster.csv"
    return answer


def _checked(program: Program, sheet: Sheet, typed: Typed) -> Plan:
    return Roster.read(sheet.data, sheet.name).check(
        session(), program, now(), me(), new_organizations="new_organizations" in typed
    )


def _page(
    typed: Typed, *, plan: Plan | None = None, sheet: Sheet | None = None, faults: object = (), fault: str = ""
) -> str:
    return render_template(
        "console/roster.html",
        programs=own_programs(),
        typed=typed,
        plan=plan,
        sheet=sheet,
        faults=plan.faults if plan else faults,
        fault=fault,
        steps_shown=STEPS_SHOWN,
        faults_shown=FAULTS_SHOWN,
    )
