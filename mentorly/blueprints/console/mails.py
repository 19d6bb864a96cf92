"""Mails: every kind with its why, as it would look in both languages, and a test of it to oneself."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from mentorly.blueprints.console.room import blueprint, here, kept, undone
from mentorly.blueprints.guard import administrator, me
from mentorly.blueprints.reading import language
from mentorly.emails.email import Email
from mentorly.emails.matching.asking_mentor import sample_person, sample_program
from mentorly.emails.message import Letter, compose
from mentorly.extensions import house, now, post_office
from mentorly.mentoring.audit import Deed
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import LANGUAGES

VIEWS = ("html", "phone", "text", "source")
LETTER_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}


@blueprint.get("/mails")
@administrator
def mails() -> str:
    """Show every kind of mail, and why it is sent."""
    kinds = sorted(house().register.values(), key=lambda kind: (type(kind).__module__.rpartition(".")[0], kind.name))
    return render_template("console/mails.html", kinds=kinds)


@blueprint.get("/mails/<kind>")
@administrator
def mail(kind: str) -> str:
    """Show one kind as a reader would see it."""
    return _page(_kind(kind))


@blueprint.get("/mails/<kind>/letter")
@administrator
def letter(kind: str) -> Response:
    """The HTML part alone, for the frame it is shown in."""
    answer = make_response(_letter(_kind(kind)).html)
    answer.headers.update(LETTER_HEADERS)
    return answer


@blueprint.post("/mails/<kind>/test")
@administrator
def send_test(kind: str) -> Response:
    """Send an invented mail of this kind to oneself."""
    written = _kind(kind)
    try:
        post_office().ask_sample(written.name, _language(), me(), now())
    except Refused as refusal:
        flash(undone(refusal), "bad")
    else:
        kept(Deed.TEST_MAIL_ASKED, me())
        flash(_("A test mail is on its way to %(address)s.", address=me().email))
    return redirect(url_for(".mail", kind=kind, language=_language()), 303)


def _kind(name: str) -> Email:
    return here(house().register.get(name))


def _language() -> str:
    asked = request.values.get("language", "")
    return asked if asked in LANGUAGES else language()


def _quotes() -> bool:
    return request.args.get("quotes") == "on"


def _letter(kind: Email) -> Letter:
    reader = sample_person("Camille Lavoie", sample_program(), "mentor")
    reader.language, reader.timezone, reader.quotes = _language(), me().timezone, _quotes()
    return post_office().preview(kind, reader, now())


def _page(kind: Email) -> str:
    view = request.args.get("view", "")
    written = _letter(kind)
    return render_template(
        "console/mail.html",
        kind=kind,
        letter=written,
        source=compose(written).decode("utf-8", "replace").replace("\r\n", "\n") if view == "source" else "",
        view=view if view in VIEWS else VIEWS[0],
        views=VIEWS,
        shown=_language(),
        languages=LANGUAGES,
        quotes=_quotes(),
    )
