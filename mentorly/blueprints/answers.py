"""The short forms behind the buttons of mails: opened by a token alone. GET shows, POST does (rules B1, B2)."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mentorly.blueprints import archive, filling_by_mail
from mentorly.blueprints.forms import asked, typed_in
from mentorly.blueprints.public import tells_faults
from mentorly.blueprints.reading import said
from mentorly.blueprints.sheets import DOOR, Sheet, opened
from mentorly.emails.answering import NotOurs, Unclear
from mentorly.extensions import limiter, now, post_office, ring, session
from mentorly.mentoring.base import Refused

blueprint = Blueprint("answers", __name__, url_prefix="/a/<token>")
tells_faults(blueprint)


@blueprint.get("")
def mail(token: str) -> ResponseReturnValue:
    """List the buttons of a mail, and say what was answered."""
    return render_template("answers/mail.html", sheet=opened(token), refusal="")


@blueprint.get("/<button>")
def form(token: str, button: str) -> ResponseReturnValue:
    """Show the form behind a button; once it is answered, say what was understood."""
    sheet = opened(token)
    answer = sheet.opened.standing(button)
    if answer:
        sheet.opened.questions(button)
        return render_template("answers/done.html", sheet=sheet, answer=answer, refusal="")
    sheet.opened.check_unsettled()
    row = sheet.to_fill_in(button)
    return filling_by_mail.show(sheet, row) if row else _form(sheet, button)


def _form(
    sheet: Sheet,
    button: str,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, Refused] | None = None,
    refusal: str = "",
) -> str:
    questions = asked(sheet.opened.questions(button), typed, faults)
    return render_template("answers/form.html", sheet=sheet, button=button, questions=questions, refusal=refusal)


@blueprint.post("/<button>")
@limiter.limit("30/minute")
def answer(token: str, button: str) -> ResponseReturnValue:
    """Answer by a button. A second press says what was already done."""
    sheet, typed = opened(token, lock=True), typed_in()
    if sheet.gives_archive(button):
        return archive.give(sheet)
    row = sheet.to_fill_in(button)
    if row:
        return filling_by_mail.take(sheet, row)
    try:
        post_office().answer(sheet.opened, button, typed, DOOR, now())
    except NotOurs:
        raise
    except Unclear as unclear:
        session().rollback()
        return _form(sheet, button, typed, unclear.faults), 422
    except Refused as refusal:
        session().rollback()
        return _form(sheet, button, typed, refusal=said(refusal)), 409
    session().commit()
    ring()
    if sheet.opened.reader.erased_at is not None:
        return render_template("answers/erased.html")
    return redirect(url_for(".form", token=token, button=button), 303)


@blueprint.post("/undo")
@limiter.limit("30/minute")
def undo(token: str) -> ResponseReturnValue:
    """Take the last answer back, while nothing has happened since."""
    sheet = opened(token, lock=True)
    try:
        post_office().undo(sheet.opened, now())
    except Refused as refusal:
        session().rollback()
        return render_template("answers/mail.html", sheet=sheet, refusal=said(refusal)), 409
    session().commit()
    ring()
    return redirect(url_for(".mail", token=token), 303)
