"""Who does not answer: mentors and project leads who leave mail after mail unanswered; the mails are not shown."""

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.programs import set_in
from mentorly.blueprints.console.room import blueprint, here, number_typed, page_number
from mentorly.blueprints.console.settling import settled
from mentorly.blueprints.guard import administrator, me
from mentorly.extensions import now, session
from mentorly.mentoring import sights
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.programs import Program
from mentorly.mentoring.unheard import Unheard, set_unheard
from mentorly.mentoring.unheard import unheard as those_unheard

UNHEARD = {"mails": "unheard_mails", "days": "unheard_days", "told_days": "unheard_told_days"}


@blueprint.get("/unheard")
@administrator
def unheard() -> str:
    """List who does not answer, the longest first; those whom somebody looked after come last."""
    leaf = Leaf.read(session(), those_unheard(me()), page_number())
    return render_template("console/unheard.html", leaf=leaf)


@blueprint.post("/unheard/<int:number>/settled")
@administrator
def settle_unheard(number: int) -> Response:
    """Keep that somebody has looked after a person who does not answer."""
    query = those_unheard(me()).where(Unheard.id == number).with_for_update(of=Unheard)
    one = here(sights.found(session(), query))
    return settled(one, one.person, Deed.UNHEARD_SETTLED, ".unheard")


@blueprint.post("/programs/<int:number>/unheard")
@administrator
def keep_unheard(number: int) -> Response | tuple[str, int]:
    """Set after how many unanswered mails a program speaks up."""
    return set_in(number, "unheard", Deed.UNHEARD_SET, _keep_unheard)


def _keep_unheard(program: Program) -> str:
    typed = {name: number_typed(request.form.get(column, "")) for name, column in UNHEARD.items()}
    set_unheard(program, me(), now(), **typed)
    return str(
        _(
            "%(program)s asks who leaves %(mails)s mails unanswered whether they are there.",
            program=program.name,
            mails=program.unheard_mails,
        )
    )
