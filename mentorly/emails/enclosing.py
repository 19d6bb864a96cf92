"""What a program shares, in the mails where it helps: named with the address of its page, and a small PDF attached."""

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from mentorly.emails.attachment import LARGEST, Attachment
from mentorly.mentoring.document_terms import Purpose
from mentorly.mentoring.documents import Document, Edition, documents_for
from mentorly.mentoring.programs import Program

DOCUMENT = "document"
MOST_NAMED = 5
# A version never changes: the mails of a batch share one attachment, which is written once.
_made: WeakKeyDictionary[Edition, Attachment] = WeakKeyDictionary()


def useful(program: Program, purpose: Purpose, language: str) -> Sequence[Mapping[str, Any]]:
    """The title and the number of each document that helps now, as a text lists them; at most five."""
    shared = documents_for(program, purpose)[:MOST_NAMED]
    return [{"title": one.title(language), "id": one.id} for one in shared]


def enclosed(program: Program, purpose: Purpose, language: str) -> Sequence[Attachment]:
    """Those of them that go along with the mail, as long as there is room for them."""
    attached: list[Attachment] = []
    room = LARGEST
    for document in documents_for(program, purpose)[:MOST_NAMED]:
        edition = _going_along(document, language)
        if edition and edition.size <= room:
            room -= edition.size
            attached.append(_attachment(edition))
    return attached


def _going_along(document: Document, language: str) -> Edition | None:
    edition = document.edition_for(language) if document.attach else None
    return edition if edition and edition.goes_along else None


def _attachment(edition: Edition) -> Attachment:
    made = _made.get(edition)
    if made is None:
        made = _made[edition] = Attachment(edition.file_name, edition.media_type, edition.content or b"")
    return made
