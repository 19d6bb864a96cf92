"""The short forms behind the buttons of mails: opened by a token alone. GET shows, POST does (rules B1, B2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from mentorly.blueprints.forms import asked, typed_in
from mentorly.blueprints.public import tells_faults
from mentorly.blueprints.reading import said
from mentorly.emails.answering import NotOurs, Opened, Unclear
from mentorly.emails.envelope import Answer
from mentorly.emails.lines import Choice, Line
from mentorly.emails.manuscript import typeset
from mentorly.emails.numbered_lines import lines_of
from mentorly.emails.retelling import Retold, retold
from mentorly.extensions import limiter, now, post_office, ring, session
from mentorly.mentoring.base import Refused
from mentorly.mentoring.questions import Password

DOOR = "web"

blueprint = Blueprint("answers", __name__, url_prefix="/a/<token>")
tells_faults(blueprint)


@dataclass(frozen=True)
class Sheet:
    """A mail that a token opened, as its page shows it."""

    token: str
    opened: Opened

    def label(self, button: str) -> str:
        """What stands on a button, as in the mail."""
        return typeset(self.opened.label(button), self.opened.reader.language)

    @cached_property
    def mail(self) -> Retold | None:
        """What the mail said."""
        return retold(post_office().desk, self.opened)

    @property
    def subject(self) -> str:
        """What the mail was about; '' if it cannot be said again."""
        return self.mail.subject if self.mail else ""

    @property
    def standing(self) -> Answer | None:
        """The last answer that was not undone."""
        return self.opened.standing()

    @property
    def answered(self) -> set[str]:
        """The buttons whose answer was not undone."""
        return {one.button for one in self.opened.envelope.answers if one.undone_at is None}

    @property
    def taken_back(self) -> Answer | None:
        """The last answer, if it was undone."""
        last = self.opened.envelope.answers[-1:]
        return last[0] if last and last[0].undone_at else None

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of a digest; none for any other mail."""
        return lines_of(session(), post_office().register, self.opened)

    def token_of(self, choice: Choice) -> str:
        """The token of the mail that a button of a line answers."""
        return post_office().desk.token(choice.envelope, self.opened.reader)

    def sets_password(self, button: str) -> bool:
        """Whether a button asks for a new password."""
        return any(isinstance(question, Password) for question in self.opened.questions(button))


def _opened(token: str, *, lock: bool = False) -> Sheet:
    opened = post_office().open(token, now(), lock=lock)
    g.reader = opened.reader
    return Sheet(token, opened)


@blueprint.get("")
def mail(token: str) -> ResponseReturnValue:
    """List the buttons of a mail, and say what was answered."""
    return render_template("answers/mail.html", sheet=_opened(token), refusal="")


@blueprint.get("/<button>")
def form(token: str, button: str) -> ResponseReturnValue:
    """Show the form behind a button; once it is answered, say what was understood."""
    sheet = _opened(token)
    answer = sheet.opened.standing(button)
    if answer:
        sheet.opened.questions(button)
        return render_template("answers/done.html", sheet=sheet, answer=answer, refusal="")
    sheet.opened.check_unsettled()
    return _form(sheet, button)


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
    sheet, typed = _opened(token, lock=True), typed_in()
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
    return redirect(url_for(".form", token=token, button=button), 303)


@blueprint.post("/undo")
@limiter.limit("30/minute")
def undo(token: str) -> ResponseReturnValue:
    """Take the last answer back, while nothing has happened since."""
    sheet = _opened(token, lock=True)
    try:
        post_office().undo(sheet.opened, now())
    except Refused as refusal:
        session().rollback()
        return render_template("answers/mail.html", sheet=sheet, refusal=said(refusal)), 409
    session().commit()
    ring()
    return redirect(url_for(".mail", token=token), 303)
