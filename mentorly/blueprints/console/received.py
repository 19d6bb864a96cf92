"""Received mails that could not be taken in: how large, since when, which fault; never what they say (rules B7)."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, page_number, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.config import ImapServer
from mentorly.emails import arrivals
from mentorly.emails.letterbox import Letterbox
from mentorly.emails.mailboxes import Mailbox
from mentorly.emails.received import Received
from mentorly.extensions import ask_inbox, now, session, settings
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.leaves import Leaf


@blueprint.get("/received")
@administrator
def received() -> str:
    """List what failed, and count what waits."""
    return render_template(
        "console/received.html",
        leaf=Leaf.read(session(), arrivals.failed(), page_number()),
        arrivals=arrivals.Arrivals.read(session()),
        moment=now(),
        mailbox=_failing_mailbox(),
    )


def _failing_mailbox() -> Mailbox | None:
    return Mailbox.failing(session(), ImapServer.of(settings()).place) if settings().imap_url else None


@blueprint.post("/received/<int:number>/again")
@administrator
def take_in_again(number: int) -> Response:
    """Have a message that failed taken in once more."""
    message = here(session().get(Received, number, with_for_update=True))
    try:
        Letterbox.try_again(message, me())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.MESSAGE_TAKEN_IN_AGAIN, message, then=ask_inbox)
        flash(_("The message is taken in again; if it fails once more, it will be back here."))
    return redirect(url_for(".received"), 303)
