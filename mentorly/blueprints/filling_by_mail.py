"""The form of an instrument behind a mail's button: nobody is signed in, and the browser keeps the key to a draft."""

from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mentorly.blueprints.filling import (
    AGAIN,
    VERSION,
    Filling,
    is_quiet,
    keep_draft,
    quietly_kept,
    wants_later,
    words_typed,
)
from mentorly.blueprints.reading import said
from mentorly.blueprints.sheets import DOOR, Sheet
from mentorly.emails.answering import NotOurs, Unclear
from mentorly.extensions import now, post_office, ring, session, settings
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused, sentence
from mentorly.mentoring.drafts import draft_for, typed_with
from mentorly.mentoring.filling_in import begun, is_known

BUTTON = "fill_in"
KEY_LIFE = timedelta(days=60)
PUT_IN_PLACE = sentence(
    "You have answered this already, and that answer stands. What you typed now is below: you can put it in the place "
    "of your earlier answer."
)
ON_ITS_PAGE = sentence(
    "You have filled this in already. What you typed now is below: copy what you need, and change the agreement on its "
    "page."
)
NOT_KEPT = sentence("You have answered this already. What you typed now is below, and was not kept.")


class AnsweredBefore(Refused):
    """An answer stands already, and this one says something else."""


@dataclass(frozen=True)
class Key:
    """What a browser keeps that typed a draft (rules B2).

    It goes to what a token opens alone, and to us alone. A reminder's link has another token than the first mail's, and
    a link in a mailbox on the web comes from another site: the draft is shown behind both.
    """

    row: Asked

    @property
    def name(self) -> str:
        """The name of the cookie."""
        return f"draft-{self.row.id}"

    @property
    def kept(self) -> str:
        """What this browser keeps; '' if nothing."""
        return request.cookies.get(self.name, "")

    def given(self) -> str:
        """What this browser keeps if the draft is its own, else something new."""
        return self.kept if draft_for(self.row, self.kept) else token_urlsafe(24)

    def put(self, response: Response, key: str) -> Response:
        """Let the browser keep it."""
        secure = settings().public_url.startswith("https://")
        response.set_cookie(self.name, key, max_age=KEY_LIFE, path="/a/", httponly=True, samesite="Lax", secure=secure)
        return response


def show(sheet: Sheet, row: Asked) -> str:
    """Show the form: empty, or with the draft that this browser typed."""
    return _page(sheet, Filling(row, begun(row, Key(row).kept)))


def take(sheet: Sheet, row: Asked) -> ResponseReturnValue:
    """Take the form: as the answer, or as a draft."""
    try:
        return _keep(sheet, row) if wants_later() else _answer(sheet, row)
    except NotOurs:
        raise
    except Unclear as unclear:
        session().rollback()
        return _page(sheet, _back(row, faults=unclear.faults)), 422
    except Refused as refusal:
        session().rollback()
        if is_quiet():
            return quietly_kept(row, said(refusal))
        again = isinstance(refusal, AnsweredBefore) and sheet.opened.can_undo
        return _page(sheet, _back(row, refusal=said(refusal), again=again)), 409


def _back(row: Asked, **more: object) -> Filling:
    """The form once more, with all that was typed."""
    return Filling(row, begun(row, Key(row).kept), words_typed(), **more)  # type: ignore[arg-type]


def _keep(sheet: Sheet, row: Asked) -> ResponseReturnValue:
    if sheet.opened.standing(BUTTON):
        raise _before(sheet, row)
    key = Key(row)
    given = key.given()
    keep_draft(row, given)
    session().commit()
    answer = (
        quietly_kept(row) if is_quiet() else redirect(url_for("answers.form", token=sheet.token, button=BUTTON), 303)
    )
    return key.put(make_response(answer), given)


def _answer(sheet: Sheet, row: Asked) -> ResponseReturnValue:
    row.check_shown(request.form.get(VERSION, ""))
    typed = words_typed()
    if sheet.opened.standing(BUTTON) and not is_known(row, typed):
        if AGAIN not in request.form or not sheet.opened.can_undo:
            raise _before(sheet, row)
        post_office().undo(sheet.opened, now())
    post_office().answer(sheet.opened, BUTTON, typed, DOOR, now())
    response = make_response(redirect(url_for("answers.form", token=sheet.token, button=BUTTON), 303))
    if not row.instrument.is_signed and row.finished_at and any(typed.values()):
        key = Key(row)
        given = key.kept or token_urlsafe(24)
        typed_with(row, given)
        key.put(response, given)
    session().commit()
    ring()
    return response


def _before(sheet: Sheet, row: Asked) -> AnsweredBefore:
    if sheet.opened.can_undo:
        return AnsweredBefore(PUT_IN_PLACE)
    return AnsweredBefore(ON_ITS_PAGE if row.is_shared_work else NOT_KEPT)


def _page(sheet: Sheet, filling: Filling) -> str:
    return render_template("answers/instrument.html", sheet=sheet, filling=filling, button=BUTTON)
