"""Figures: what a program, or a lead's organization in it, comes to; as pictures, tables and CSV files."""

from datetime import date

from flask import make_response, render_template, request
from flask_babel import format_date
from werkzeug.wrappers import Response

from mentorly.blueprints.console.charts import chart
from mentorly.blueprints.console.room import blueprint, here, number_in, own_programs
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.blueprints.reading import language
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.figure_files import figures_as_csv, relationships_as_csv
from mentorly.mentoring.figures import audience, scopes
from mentorly.mentoring.figures import figures as figures_of
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.programs import Program


@blueprint.get("/figures")
@lead_or_administrator
def figures() -> str:
    """Show the figures of a program."""
    programs = own_programs()
    wanted = number_in(request.args, "program")
    program = next((one for one in programs if one.id == wanted), programs[0] if programs else None)
    organization = _organization(program) if program else None
    return render_template(
        "console/figures.html",
        programs=programs,
        program=program,
        organization=organization,
        scopes=scopes(me(), program) if program else [],
        figures=figures_of(program, organization, audience(me()), now()) if program else [],
        chart=chart,
        month=month,
    )


@blueprint.get("/figures/<int:number>.csv")
@lead_or_administrator
def all_figures_as_file(number: int) -> Response:
    """Give all figures of a program as one CSV file."""
    return _file(number, "")


@blueprint.get("/figures/<int:number>/<name>.csv")
@lead_or_administrator
def figure_as_file(number: int, name: str) -> Response:
    """Give one figure of a program as a CSV file."""
    return _file(number, name)


@blueprint.get("/relationships/<int:number>.csv")
@lead_or_administrator
def relationships_as_file(number: int) -> Response:
    """Give the relationships of a program, as far as the viewer sees each, as a CSV file."""
    program = _program(number)
    return as_csv(relationships_as_csv(program, me(), language(), now()), "relationships.csv")


def month(day: date) -> str:
    """A month as it stands below a bar."""
    return str(format_date(day, "MMM yyyy"))


def as_csv(text: str, name: str) -> Response:
    """A text as a CSV file to be kept, which a spreadsheet reads with its accents."""
    answer = make_response(text.encode("utf-8-sig"))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def _file(number: int, name: str) -> Response:
    program = _program(number)
    found = figures_of(program, _organization(program), audience(me()), now())
    shown = [one for one in found if name in {"", one.definition.name}]
    return as_csv(figures_as_csv(here(shown or None), language()), f"{name or 'figures'}.csv")


def _program(number: int) -> Program:
    return here(sights.found(session(), sights.programs(me()).where(Program.id == number)))


def _organization(program: Program) -> Organization | None:
    """The organization that was asked for, or the viewer's first; None: the program as a whole."""
    shown, wanted = scopes(me(), program), number_in(request.args, "organization")
    if not shown:
        here(None)
    return next((one for one in shown if one is not None and one.id == wanted), shown[0])
