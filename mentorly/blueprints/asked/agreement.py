"""The agreement of a relationship: what stands now, signing it, changing it, and what was signed before."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mentorly.blueprints.asked.room import blueprint, own_agreement, own_signature, shown_text
from mentorly.blueprints.filling import Filling, sections_shown
from mentorly.blueprints.forms import asked as fields
from mentorly.blueprints.guard import me, signed_in
from mentorly.blueprints.reading import language, said
from mentorly.emails.asking.signed_copies import signed_copy
from mentorly.extensions import limiter, now, ring, session
from mentorly.mentoring.agreeing import sign_current
from mentorly.mentoring.agreements import AgreementText
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.base import Refused
from mentorly.mentoring.filling_in import SIGN, begun
from mentorly.mentoring.own_asked import asked_to_sign, signed_by


@blueprint.get("/agreement/<int:number>")
@signed_in
def agreement(number: int) -> str:
    """Show what stands now, whichever of its texts the address names."""
    return _page(own_agreement(number), number)


def _page(standing: AgreementText, number: int, refusal: str = "", typed: str = "") -> str:
    row, together = asked_to_sign(me(), standing), standing.relationship
    may_write = row is not None and _may_write(row)
    others = [member.person for member in together.present if member.person_id != me().id]
    return render_template(
        "asked/agreement.html",
        one=standing,
        together=together,
        others=others,
        sections=sections_shown(standing.sections(language())),
        mine=standing.signature(me()),
        is_later=standing.id != number,
        missing=standing.missing(language()),
        filling=Filling(row, begun(row, None), insists=False) if row and may_write else None,
        signature=fields([SIGN], {SIGN.name: typed}) if may_write else [],
        signatures=signed_by(me(), row) if row else [],
        refusal=refusal,
    )


def _may_write(row: Asked) -> bool:
    try:
        row.check_answerable(me(), now())
    except Refused:
        return False
    return True


@blueprint.post("/agreement/<int:number>/sign")
@signed_in
@limiter.limit("30/minute")
def sign(number: int) -> ResponseReturnValue:
    """Sign exactly the text that the page showed."""
    standing = own_agreement(number)
    typed = request.form.get(SIGN.name, "")
    try:
        sign_current(shown_text(number), me(), typed, now())
    except Refused as refusal:
        told = said(refusal)
        session().rollback()
        return _page(own_agreement(number), number, told, typed), 409
    session().commit()
    ring()
    flash(_("Thank you. It is signed."))
    return redirect(url_for(".agreement", number=standing.id), 303)


@blueprint.get("/signed/<int:number>.pdf")
@signed_in
@limiter.limit("30/minute")
def paper(number: int) -> Response:
    """Hand out what one signed, as a paper."""
    own = own_signature(number)
    signatures = own.agreement.signatures if own.agreement else [own]
    copy = signed_copy(own, signatures, own.asked.program.name)
    disposition = {"Content-Disposition": f'attachment; filename="{copy.name}"'}
    return Response(copy.content, mimetype=copy.media_type, headers=disposition)
