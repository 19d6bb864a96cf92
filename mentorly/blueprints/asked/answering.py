"""One thing that is asked: filling it in, keeping a draft, and answering it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.asked.room import blueprint, own, readable
from mentorly.blueprints.filling import (
    BASE,
    VERSION,
    Filling,
    answers_of,
    checked,
    is_quiet,
    keep_draft,
    quietly_kept,
    sections_shown,
    wants_later,
    words_typed,
)
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import said
from mentorly.emails.answering import Unclear
from mentorly.extensions import limiter, now, ring, session
from mentorly.mentoring.agreements import AgreementText, Signature
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.drafts import draft_for
from mentorly.mentoring.filling_in import base_of, begun, is_known, questions_of, take_answer
from mentorly.mentoring.own_asked import signed_by


@blueprint.get("/asked/<int:number>")
@signed_in
def one(number: int) -> ResponseReturnValue:
    """Show the form with one's draft, or what one has answered, or a sheet that is shared."""
    row = readable(number)
    if row.person_id != me().id:
        return render_template("asked/shared.html", row=row, answers=answers_of(row, row.typed))
    standing = _standing(row)
    if standing:
        return redirect(url_for(".agreement", number=standing.id), 303)
    return _page(row)


@blueprint.post("/asked/<int:number>")
@signed_in
@limiter.limit("60/minute")
def answer(number: int) -> ResponseReturnValue:
    """Take the form: as the answer, or as a draft."""
    row = own(number)
    try:
        return _keep(row) if wants_later() else _take(row)
    except Unclear as unclear:
        session().rollback()
        return _again(row, faults=unclear.faults), 422
    except Refused as refusal:
        session().rollback()
        return quietly_kept(row, said(refusal)) if is_quiet() else (_again(row, refusal=said(refusal)), 409)


def _keep(row: Asked) -> ResponseReturnValue:
    keep_draft(row, "", base_of(row, request.form.get(BASE, "")))
    session().commit()
    if is_quiet():
        return quietly_kept(row)
    flash(_("It is kept for later. You find it here again."))
    return redirect(url_for(".overview"), 303)


def _take(row: Asked) -> ResponseReturnValue:
    row.check_shown(request.form.get(VERSION, ""))
    typed = words_typed()
    if row.finished_at is not None and not row.is_shared_work:
        if not is_known(row, typed):
            raise Refused("You have finished this already. What you typed now is below: copy what you need.")
        return redirect(url_for(".one", number=row.id), 303)
    base = base_of(row, request.form.get(BASE, ""))
    take_answer(row, me(), _checked(row, typed), now(), base.said if base else None)
    session().commit()
    ring()
    flash(_thanks(row))
    return redirect(url_for(".one", number=row.id), 303)


def _thanks(row: Asked) -> str:
    if not row.instrument.is_signed:
        return str(_("Thank you. It is finished."))
    if row.finished_at is not None:
        return str(_("Thank you. It is signed."))
    return str(_("It is kept, and the others are asked to sign it. You sign it once you have read all of it."))


def _checked(row: Asked, typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, understood. An agreement may be filled in bit by bit. Raises Unclear."""
    loose = row.is_shared_work
    return checked([replace(one, required=False) if loose else one for one in questions_of(row)], typed)


def _again(row: Asked, faults: Mapping[str, Refused] | None = None, refusal: str = "") -> str:
    filling = Filling(row, begun(row, None), words_typed(), faults or {}, refusal, insists=not row.is_shared_work)
    return _form(row, filling)


def _page(row: Asked) -> str:
    moment = now()
    if row.finished_at is None and row.withdrawn_at is None and not row.is_locked(moment) and _is_open(row):
        return _form(row, Filling(row, begun(row, None), insists=not row.is_shared_work))
    signatures = signed_by(me(), row) if row.instrument.is_signed else []
    return render_template(
        "asked/one.html",
        row=row,
        clock=moment,
        answers=answers_of(row, row.typed or draft_for(row, None)),
        signatures=signatures,
        sections=_signed_text(signatures[0]) if signatures else [],
        may_change=_is_open(row) and not row.instrument.is_signed,
    )


def _form(row: Asked, filling: Filling) -> str:
    return render_template("asked/form.html", row=row, filling=filling)


def _signed_text(signature: Signature) -> list[tuple[str, list[str]]]:
    return sections_shown(signature.sections)


def _is_open(row: Asked) -> bool:
    try:
        row.check_answerable(me(), now())
    except Refused:
        return False
    return True


def _standing(row: Asked) -> AgreementText | None:
    together = row.relationship
    return AgreementText.current(together, row.name) if together and row.is_shared_work else None
