"""The page that stops optional mails, opened by a token alone: GET shows, POST stops (RFC 8058, rules B2)."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue

from mentorly.blueprints.public import tells_faults
from mentorly.blueprints.reading import language
from mentorly.emails.unsubscribing import Unsubscription
from mentorly.extensions import now, post_office, session
from mentorly.mentoring.suppressions import CALLED

ONE_CLICK = ("List-Unsubscribe", "One-Click")

blueprint = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe/<token>")
tells_faults(blueprint)


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """Show what can be stopped, and whether it is."""
    return _page(token, _opened(token))


@blueprint.post("")
def stop(token: str) -> ResponseReturnValue:
    """Stop at once, for a person or for the mail program that asks for them; it answers without leading elsewhere."""
    found = _opened(token)
    if request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        found.stop(now())
        session().commit()
    return _page(token, found)


@blueprint.post("/undo")
def resume(token: str) -> ResponseReturnValue:
    """Let the mails come again."""
    found = _opened(token)
    found.resume(now())
    session().commit()
    return _page(token, found)


def _opened(token: str) -> Unsubscription:
    found = post_office().unsubscription(token)
    g.reader = found.reader
    return found


def _page(token: str, found: Unsubscription) -> str:
    return render_template(
        "unsubscribing/stop.html", token=token, found=found, mails=CALLED[found.family][language()], one_click=ONE_CLICK
    )
