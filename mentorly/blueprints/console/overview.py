"""The first page: each program at a glance, and what needs attention."""

from flask import render_template

from mentorly.blueprints.console.room import blueprint, page_number
from mentorly.blueprints.guard import lead_or_administrator, me
from mentorly.emails import records
from mentorly.emails.standing import Standing
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.program_glances import program_glances

PROGRAMS_SHOWN = 10
PROPOSALS_SHOWN = 10


@blueprint.get("")
@lead_or_administrator
def overview() -> str:
    """Show the programs and what waits for the viewer."""
    moment = now()
    standing = Standing.of(session()) if me().is_administrator else None
    programs = Leaf.read(session(), sights.programs(me()), page_number(), PROGRAMS_SHOWN)
    return render_template(
        "console/overview.html",
        now=moment,
        programs=programs,
        glances=program_glances(session(), me(), programs.rows, moment),
        stranded=Leaf.read(session(), sights.stranded(me(), moment), 1, PROPOSALS_SHOWN),
        standing=standing if standing and standing.is_alarming(moment) else None,
        unreached=Leaf.read(session(), sights.unreached(me()), 1, 1).total,
        troubles=records.troubles(session()) if me().is_administrator else {},
    )
