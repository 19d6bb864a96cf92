"""What a file is, judged by its bytes: documents, pictures and text; no programs, no pages, nothing that is opened."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentorly.mentoring.base import Refused
from mentorly.mentoring.media import LARGEST, judged
from mentorly.papers import signed_paper
from tests.cast import MONDAY

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 30 + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n%%EOF\n"


def zipped(*parts: str, first: str = "", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with parts of these names. first: what its first entry, mimetype, says."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w", method) as whole:
        if first:
            whole.writestr("mimetype", first, zipfile.ZIP_STORED)
        for part in parts:
            whole.writestr(part, b"<x/>")
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "PDF"),
        (PNG, "PNG"),
        (JPEG, "JPEG"),
        ("Élan, 漢字\r\n\tend".encode(), "TXT"),
        ("\ufeffwith a mark".encode(), "TXT"),
        (b"2 < 3 and <b> is bold", "TXT"),
        (zipped("[Content_Types].xml", "word/document.xml"), "Word"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "PowerPoint"),
        (zipped("content.xml", first="application/vnd.oasis.opendocument.text"), "OpenDocument"),
    ],
)
def test_documents_pictures_and_text_are_known_by_their_bytes(content: bytes, name: str) -> None:
    assert judged(content).name == name


def test_a_paper_of_ours_is_a_document() -> None:
    assert judged(signed_paper("en", "T", "P", [("", "x" * 9000)], [], "1", MONDAY)).ending == "pdf"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"a" * (LARGEST + 1), "at most 5 MB"),
        (PDF[:-7], "cut off"),
        (PNG[:20], "cut off"),
        (JPEG[:-2], "cut off"),
        (b"<!DOCTYPE html><title>x</title>", "Choose a PDF"),
        (b"  <svg xmlns='http://www.w3.org/2000/svg'/>", "Choose a PDF"),
        (b"hello <script>alert(1)</script>", "Choose a PDF"),
        (b"<?xml version='1.0'?><a/>", "Choose a PDF"),
        (b"MZ\x90\0\x03", "Choose a PDF"),
        (b"\x7fELF", "Choose a PDF"),
        (b"caf\xe9 au lait", "Choose a PDF"),
        (b"\xff\xfea\0b\0", "Choose a PDF"),
        (b"PK\x03\x04 torn", "damaged"),
        (zipped("[Content_Types].xml", "word/document.xml")[:-30], "damaged"),
        (zipped("setup.exe"), "Choose a PDF"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (zipped("content.xml", "Basic/x.xml", first="application/vnd.oasis.opendocument.text"), "macros"),
        (zipped("content.xml", first="application/epub+zip"), "Choose a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Office"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        judged(content)


def test_a_bomb_of_zeros_is_never_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as whole:
        for part in ("[Content_Types].xml", "word/document.xml"):
            whole.writestr(part, b"\0" * 200_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    assert len(bomb.getvalue()) < LARGEST
    assert judged(bomb.getvalue()).name == "Word"


WHOLE = zipped("[Content_Types].xml", "word/document.xml", "ppt/a.xml")
TORN = st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=9)).map(
    lambda one: WHOLE[: one[0]] + one[1] + WHOLE[one[0] :]
)


@given(st.binary(max_size=200) | TORN)
@example(b"PK\x03\x04" + b"PK\x05\x06" + b"\xff" * 18)
def test_no_bytes_make_it_fail(content: bytes) -> None:
    try:
        known = judged(content)
    except Refused:
        return
    assert known.ending
