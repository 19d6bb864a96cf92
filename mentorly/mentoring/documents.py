"""The documents and links of a program: a guide, a handbook, a page elsewhere; for all who have their address."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, and_, func, select, update
from sqlalchemy.orm import Mapped, Session, class_mapper, joinedload, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.document_terms import File, Purpose, checked_link, checked_title
from mentorly.mentoring.media import KNOWN, PDF, Media
from mentorly.mentoring.particulars import LANGUAGES, checked_language
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program

MOST = 100
LARGEST_ATTACHED = 300_000
NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


class Document(Base):
    """Something that a program shares, in one language or two. place: its place in the program's list.

    title_en, title_fr: '' where it has none in that language. is_link: a page elsewhere, and not a file of ours.
    attach: a small PDF goes along with the mails that name it.
    """

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    purpose: Mapped[str]
    place: Mapped[int]
    title_en: Mapped[str]
    title_fr: Mapped[str]
    is_link: Mapped[bool]
    attach: Mapped[bool]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None]

    program: Mapped[Program] = linked()
    editions: Mapped[list["Edition"]] = linked(back_populates="document", order_by="Edition.id.desc()")

    @classmethod
    def add(
        cls,
        program: Program,
        by: Person,
        now: datetime,
        *,
        titles: Mapping[str, str],
        purpose: str,
        language: str,
        what: File | str,
        attach: bool = False,
    ) -> "Document":
        """Share something. titles: by language. what: a file, or the address of a page elsewhere. Raises Refused."""
        _check_edits(by)
        session = program.session
        own = select(func.count(), func.max(cls.place)).where(cls.program_id == program.id, cls.retired_at.is_(None))
        number, last = session.execute(own).one()
        if number >= MOST:
            raise Refused("A program shares at most {most} documents: retire one first.", most=MOST)
        document = cls(program=program, place=(last or 0) + 1, is_link=isinstance(what, str), added_at=now)
        document.added_by_id, document.retired_at = by.id, None
        document.describe(by, titles=titles, purpose=purpose, attach=attach)
        document.editions.append(Edition.of(what, language, 1, by, now))
        session.add(document)
        session.flush()
        return document

    def describe(self, by: Person, *, titles: Mapping[str, str], purpose: str, attach: bool) -> None:
        """Say what it is called, when it helps, and whether it goes along with mails. Raises Refused."""
        _check_edits(by)
        told = {language: checked_title(titles.get(language, "")) for language in LANGUAGES}
        if not any(told.values()):
            raise Refused("A document needs a title in at least one language.")
        if purpose not in set(Purpose):
            raise Refused("Choose what the document is for.")
        self.title_en, self.title_fr = told["en"], told["fr"]
        self.purpose, self.attach = purpose, attach and not self.is_link

    def renew(self, what: File | str, language: str, by: Person, now: datetime) -> "Edition":
        """Share it in a new version, or in another language. Raises Refused."""
        _check_edits(by)
        if self.is_link != isinstance(what, str):
            raise Refused("A file stays a file, and a link a link: add the other as a document of its own.")
        checked_language(language)
        numbers = [one.number for one in self.editions if one.language == language]
        edition = Edition.of(what, language, max(numbers, default=0) + 1, by, now)
        for one in self.current:
            if one.language == language:
                one.replaced_at = now
        self.session.flush()
        self.editions.insert(0, edition)
        self.session.flush()
        return edition

    def move(self, by: Person, *, up: bool) -> None:
        """Change places with the one before or after. Raises Refused."""
        _check_edits(by)
        others = [one for one in shelf(self.session, self.program) if not one.retired_at]
        at = next((number for number, one in enumerate(others) if one.id == self.id), -1)
        to = at - 1 if up else at + 1
        if at < 0 or not 0 <= to < len(others):
            raise Refused("It is there already.")
        others.insert(to, others.pop(at))
        for number, one in enumerate(others, 1):
            one.place = number

    def retire(self, by: Person, now: datetime) -> None:
        """Share it no longer: mails name it no more, and its address says so. Raises Refused."""
        _check_edits(by)
        self.retired_at = self.retired_at or now

    def restore(self, by: Person) -> None:
        """Share it again. Raises Refused."""
        _check_edits(by)
        self.retired_at = None

    def open(self, language: str) -> "Edition":
        """Count that somebody opens it in a language, else in the one that there is; nobody's name is kept.

        Raises Refused once it is retired.
        """
        edition = self.edition_for(language)
        if self.retired_at or edition is None:
            raise Refused("This document is no longer shared. Ask whoever runs your program for the present one.")
        counted = update(Edition).where(Edition.id == edition.id).values(openings=Edition.openings + 1)
        self.session.execute(counted.execution_options(synchronize_session=False))
        return edition

    @property
    def current(self) -> Sequence["Edition"]:
        """The version that is shared now, of each language."""
        return sorted((one for one in self.editions if one.replaced_at is None), key=lambda one: one.language)

    def title(self, language: str) -> str:
        """What it is called in a language, else in the other."""
        return (self.title_fr or self.title_en) if language == "fr" else (self.title_en or self.title_fr)

    def edition(self, language: str) -> "Edition | None":
        """The version that is shared now in a language."""
        return next((one for one in self.current if one.language == language), None)

    def edition_for(self, language: str) -> "Edition | None":
        """The version for who reads a language, else the one that there is."""
        return self.edition(language) or next(iter(self.current), None)


class Edition(Base):
    """One version of a document in one language; it never changes, but for the number of times it was opened.

    link: the address of a page elsewhere; '' for a file. content: the file. replaced_at: when a newer one came.
    """

    __tablename__ = "document_edition"
    __table_args__ = (
        UniqueConstraint("document_id", "language", "number"),
        partial_index(
            "uq_document_edition_current", "document_id", "language", where="replaced_at IS NULL", unique=True
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    language: Mapped[str]
    number: Mapped[int]
    link: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    openings: Mapped[int] = mapped_column(default=0)
    replaced_at: Mapped[datetime | None]

    document: Mapped[Document] = linked(back_populates="editions")
    uploaded_by: Mapped[Person] = linked()

    @classmethod
    def of(cls, what: File | str, language: str, number: int, by: Person, now: datetime) -> "Edition":
        """A version of what is shared. Raises Refused."""
        edition = cls(language=checked_language(language), number=number, uploaded_by=by, uploaded_at=now, openings=0)
        if isinstance(what, str):
            edition.link, edition.media_type, edition.size, edition.content = checked_link(what), "", 0, None
        else:
            media = what.media
            edition.link, edition.media_type = "", media.media_type
            edition.size, edition.content = len(what.content), what.content
        return edition

    @property
    def media(self) -> Media | None:
        """What kind of file it is; None for a link."""
        return KNOWN.get(self.media_type)

    @property
    def host(self) -> str:
        """Whose page a link leads to."""
        return urlsplit(self.link).hostname or ""

    @property
    def file_name(self) -> str:
        """What it is saved as: the document's title in ASCII."""
        plain = unicodedata.normalize("NFKD", self.document.title(self.language)).encode("ascii", "ignore").decode()
        stem = NOT_IN_A_NAME.sub("-", plain.lower()).strip("-")[:50].strip("-")
        return f"{stem or 'document'}.{self.media.ending if self.media else 'txt'}"

    @property
    def goes_along(self) -> bool:
        """Whether it is attached to the mails that name it: a small PDF whose document says so."""
        return self.document.attach and self.media_type == PDF.media_type and self.size <= LARGEST_ATTACHED


# A parent knows nothing of its children: what a mail names is read for a whole batch by this.
class_mapper(Program).add_property(
    "documents",
    linked(
        Document,
        primaryjoin=and_(Document.program_id == Program.id, Document.retired_at.is_(None)),
        order_by=(Document.place, Document.id),
        viewonly=True,
    ),
)
SHARED = selectinload(Program.documents)  # type: ignore[attr-defined]
"""Reads, with some programs, what each shares now."""


def documents_for(program: Program, purpose: Purpose | None = None) -> Sequence[Document]:
    """What a program shares now, in its order: all of it, or what helps at one time.

    The first question reads it, unless the program was read with SHARED; a program in no session shares its samples.
    """
    shared: Sequence[Document] = program.documents  # type: ignore[attr-defined]
    return [one for one in shared if purpose is None or one.purpose == purpose]


def sample_documents(program: Program) -> None:
    """Let an invented program, in no session, share a document of each purpose."""
    titles = {
        Purpose.FIRST_WEEK: ("A guide to the first week", "Guide de la première semaine"),
        Purpose.MEETING: ("How to get more out of a meeting", "Tirer le meilleur parti d’une rencontre"),
    }
    program.documents = [  # type: ignore[attr-defined]
        Document(
            id=number, purpose=purpose, place=number, title_en=en, title_fr=fr, is_link=False, attach=False,
            retired_at=None,
        )
        for number, (purpose, (en, fr)) in enumerate(titles.items(), 1)
    ]  # fmt: skip


def shelf(session: Session, program: Program) -> Sequence[Document]:
    """All that a program shares and shared, in its order, what is retired last; each with its versions."""
    query = select(Document).where(Document.program_id == program.id)
    query = query.options(selectinload(Document.editions).options(joinedload(Edition.uploaded_by)))
    return session.scalars(query.order_by(Document.retired_at.is_not(None), Document.place, Document.id)).all()


def _check_edits(by: Person) -> None:
    if not by.is_administrator:
        raise Refused("Only an administrator may change what a program shares.")
