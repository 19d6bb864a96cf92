"""Reading the record of acts: as a list and as a file, and what of it is kept from whom."""

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.figure_files import csv_of
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.relationships import Member, Relationship


def acts_for(viewer: Person, person_id: int | None = None, program_id: int | None = None) -> Select[AuditEntry]:
    """The record as an administrator may read it, the newest first; nobody reads of what is kept from themselves.

    That is a concern about a relationship that one is in, what others did to that relationship, a proposal of oneself
    as mentee, and that one does not answer (rules C4, C6, C9).
    person_id: by or to this person alone. program_id: in this program alone.
    """
    shown = (AuditEntry.by, AuditEntry.person, AuditEntry.other, AuditEntry.program)
    query = select(AuditEntry).options(*map(selectinload, shown)).where(~_is_kept_from(viewer))
    if person_id is not None:
        query = query.where(AuditEntry.touches(person_id))
    if program_id is not None:
        query = query.where(AuditEntry.program_id == program_id)
    return query.order_by(AuditEntry.id.desc())


HEAD = {
    "en": ("at", "by (person)", "deed", "done to", "number", "whom (person)", "and whom (person)", "program"),
    "fr": ("quand", "par (personne)", "acte", "sur", "numéro", "qui (personne)", "et qui (personne)", "programme"),
}


def acts_as_csv(session: Session, acts: Select[AuditEntry], language: str) -> str:
    """Acts as a CSV file of moments (UTC), codes and numbers; an empty cell in the second column is the terminal."""
    one = AuditEntry
    columns = (one.done_at, one.by_id, one.deed, one.about, one.about_id, one.person_id, one.other_id, one.program_id)
    chosen = acts.with_only_columns(one.id).order_by(None)
    found = session.execute(select(*columns).where(one.id.in_(chosen)).order_by(one.id.desc()))
    lines = ([done_at.isoformat(), *("" if cell is None else str(cell) for cell in cells)] for done_at, *cells in found)
    return csv_of(HEAD[language], lines)


def _is_kept_from(viewer: Person) -> ColumnElement[bool]:
    own = select(Member.relationship_id).where(Member.person_id == viewer.id, Member.is_present)
    concerns = select(Concern.id).where(Concern.relationship_id.in_(own))
    inside = Member.relationship_id.in_(own), Member.is_present, Member.person_id != viewer.id
    beside = select(Member.person_id).where(*inside)
    by_others = or_(AuditEntry.by_id.is_(None), AuditEntry.by_id != viewer.id)
    proposals = select(Proposal.id).where(Proposal.mentee_id == viewer.id)
    return or_(
        and_(AuditEntry.about == Concern.__tablename__, AuditEntry.about_id.in_(concerns)),
        and_(AuditEntry.about == Relationship.__tablename__, AuditEntry.about_id.in_(own), by_others),
        and_(AuditEntry.about == Proposal.__tablename__, AuditEntry.about_id.in_(proposals)),
        and_(AuditEntry.about == CallForHelp.__tablename__, AuditEntry.person_id.in_(beside), by_others),
        and_(AuditEntry.deed.in_((Deed.UNHEARD_SETTLED, Deed.UNHEARD_REOPENED)), AuditEntry.person_id == viewer.id),
    )
