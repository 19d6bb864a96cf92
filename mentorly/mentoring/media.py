"""What an uploaded file is, judged by its own bytes and never by its name; nothing in it is opened or unpacked."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from mentorly.mentoring.base import Refused

LARGEST = 5_000_000
MOST_PARTS = 20_000
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The name and the size fields of a zip's first entry (APPNOTE 4.3.7); an ODF says there what it is (ODF 1.3, 2 3.3).
FIRST_NAME = slice(30, 38)
MARKED_UP = re.compile(rb"<\s*(?:!doctype|html|head|body|svg|script|iframe|\?xml)\b|<\?xml", re.IGNORECASE)
NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Media:
    """A kind of file. name: what people call it. ending: of its name, without the dot."""

    media_type: str
    name: str
    ending: str


PDF = Media("application/pdf", "PDF", "pdf")
PNG = Media("image/png", "PNG", "png")
JPEG = Media("image/jpeg", "JPEG", "jpg")
TEXT = Media("text/plain", "TXT", "txt")
BY_PART = {
    "word/document.xml": Media(OFFICE + "wordprocessingml.document", "Word", "docx"),
    "xl/workbook.xml": Media(OFFICE + "spreadsheetml.sheet", "Excel", "xlsx"),
    "ppt/presentation.xml": Media(OFFICE + "presentationml.presentation", "PowerPoint", "pptx"),
}
BY_MIMETYPE = {
    OPEN_DOCUMENT + "text": Media(OPEN_DOCUMENT + "text", "OpenDocument", "odt"),
    OPEN_DOCUMENT + "spreadsheet": Media(OPEN_DOCUMENT + "spreadsheet", "OpenDocument", "ods"),
    OPEN_DOCUMENT + "presentation": Media(OPEN_DOCUMENT + "presentation", "OpenDocument", "odp"),
}
KNOWN = {one.media_type: one for one in (PDF, PNG, JPEG, TEXT, *BY_PART.values(), *BY_MIMETYPE.values())}


def judged(content: bytes) -> Media:
    """What a file is. Raises Refused for what is empty, too large, cut off, or not among what a program may share."""
    if not content:
        raise Refused("The file is empty.")
    if len(content) > LARGEST:
        raise Refused("A document has at most 5 MB.")
    if content.startswith(OLE):
        raise Refused("This is a document of an old Office. Save it as .docx, .xlsx, .pptx or PDF, and try again.")
    known = _by_signature(content) or _by_zip(content) or _by_words(content)
    if known is None:
        raise Refused("Choose a PDF, an Office or OpenDocument file, a PNG or JPEG picture, or plain text in UTF-8.")
    return known


def _by_signature(content: bytes) -> Media | None:
    for signature, end, known in (
        (b"%PDF-", b"%%EOF", PDF),
        (b"\x89PNG\r\n\x1a\n", b"IEND", PNG),
        (b"\xff\xd8\xff", b"\xff\xd9", JPEG),
    ):
        if content.startswith(signature):
            if end not in content[-2048:]:
                raise Refused("The file is cut off: its end is missing. Please save it again, and try once more.")
            return known
    return None


def _by_zip(content: bytes) -> Media | None:
    """What a zip says that it is; of its parts the names alone are read."""
    if not content.startswith(ZIP):
        return None
    parts = _parts(content)
    if any(part.lower().endswith("vbaproject.bin") or part.startswith("Basic/") for part in parts):
        raise Refused("This document holds macros. Save it without them, or as PDF, and try again.")
    if content[FIRST_NAME] == b"mimetype" and "content.xml" in parts:
        said = content[FIRST_NAME.stop : FIRST_NAME.stop + 80].partition(b"PK")[0].decode("ascii", "replace")
        return BY_MIMETYPE.get(said)
    return next((known for part, known in BY_PART.items() if part in parts and "[Content_Types].xml" in parts), None)


def _parts(content: bytes) -> Collection[str]:
    try:
        with ZipFile(BytesIO(content)) as whole:
            names = whole.namelist()
    except Exception as fault:  # a broken directory ends in whatever the library meets first
        raise Refused("The file is damaged. Please save it again, and try once more.") from fault
    return frozenset(names[:MOST_PARTS])


def _by_words(content: bytes) -> Media | None:
    if NOT_TEXT.search(content) or MARKED_UP.search(content):
        return None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return TEXT
