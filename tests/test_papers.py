"""Papers: what was signed stands in the PDF word for word, whatever was typed."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from typst import Fonts, TypstError

from mentorly import papers
from mentorly.papers import FOLDER, signed_paper

MOMENT = datetime(2027, 3, 4, 20, 40, tzinfo=UTC)
SIGNATURES = [
    ("Alice Gagnon", "Alice Gagnon, mentor", "March 3, 2027 at 9:12 a.m."),
    ("bob nguyễn", "Bob Nguyễn, mentee", "March 4, 2027 at 3:40 p.m."),
]


def paper(
    *sections: tuple[str, str], language: str = "en", title: str = "Mentorship agreement", moment: datetime = MOMENT
) -> bytes:
    return signed_paper(language, title, "Pilot 2027", sections, SIGNATURES, "Version 1", moment)


def words_of(made: bytes) -> str:
    """The text of all pages, its white space and the places where a long word may break left out."""
    pages = [page.extract_text() for page in PdfReader(BytesIO(made)).pages]
    return re.sub(r"[\s\u200b]", "", "".join(pages))


def test_a_paper_says_what_went_in_in_its_order() -> None:
    said = words_of(paper(("", "Between Alice and Bob."), ("Goals", "1. A network\n2. Confidence\n\nWe look again.")))
    one, other = ("".join(signature).replace(" ", "") for signature in SIGNATURES)
    assert said == (
        "Pilot2027MentorshipagreementBetweenAliceandBob.Goals1.Anetwork2.ConfidenceWelookagain."
        f"Signatures{one}{other}Version1Page1of1"
    )


def test_a_long_paper_goes_on_over_numbered_pages_and_loses_nothing() -> None:
    text = "\n\n".join(f"Paragraph {number} says what it says." for number in range(120))
    reader = PdfReader(BytesIO(paper(("Texte", text), language="fr")))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    assert [f"Page {number} de {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert [number for number in range(120) if f"Paragraph {number} says what it says." not in "".join(pages)] == []


def test_a_paper_is_tagged_speaks_its_language_and_bears_its_date() -> None:
    reader = PdfReader(BytesIO(paper(language="fr", title="Entente de mentorat")))
    assert str(reader.root_object["/MarkInfo"]["/Marked"]) == "True"
    assert "/StructTreeRoot" in reader.root_object
    assert str(reader.root_object["/Lang"]).lower() == "fr-ca"
    assert reader.metadata is not None
    assert reader.metadata.title == "Entente de mentorat"
    assert reader.metadata.creation_date == MOMENT
    assert (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height) == (612, 792)


def test_the_same_values_are_the_same_bytes_in_any_process_and_from_many_threads() -> None:
    code = "import sys; from tests.test_papers import paper; sys.stdout.buffer.write(paper(('Goals', 'Nguyễn')))"
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[1], capture_output=True, check=True
    ).stdout
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: paper(("Goals", "Nguyễn")), range(40)))
    assert {elsewhere, *made} == {elsewhere}


def fonts_of(made: bytes) -> set[str]:
    """The families of the fonts that are used in a PDF."""
    fonts = [
        font.get_object() for page in PdfReader(BytesIO(made)).pages for font in page["/Resources"]["/Font"].values()
    ]
    return {re.split(r"[-\d]", str(font["/BaseFont"]).partition("+")[2])[0].removesuffix("Serif") for font in fonts}


HOSTILE = [
    '#import "@preview/cetz:0.2.2"', '#read("/etc/passwd")', "#sys.inputs", "*bold* _it_ $x^2$ `raw` = Heading",
    "<label>", "@reference", "\\u{41}", "[#panic()]", "https://example.org/a", "// no remark", "/* nor this */",
    "~ -- --- ...", '"straight" \'quotes\'', "{{ paper }}", '"}],"title":"other"',
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_typst_that_somebody_typed_is_text(words: str) -> None:
    said = words_of(signed_paper("en", words, words, [(words, words)], [(words, words, words)], words, MOMENT))
    assert said.count(re.sub(r"\s", "", words)) == 8


@pytest.mark.parametrize("script", ["Nguyễn Thị Đào", "Łukasz Żółć", "Зоя Œuvre", "Ελένη", "Ñandú Þór"])
def test_names_of_many_languages_show_with_the_fonts_of_the_wheel_alone(script: str) -> None:
    assert papers.IN_THE_WHEEL.fullmatch(script)
    assert "Libertinus Serif" in Fonts(include_system_fonts=False).families()
    said = signed_paper("en", "T", "P", [], [(script, script, "today")], "V", MOMENT)
    assert words_of(said).count(script.replace(" ", "")) == 2
    assert fonts_of(said) == {"Libertinus"}


def test_other_scripts_are_left_to_the_fonts_of_the_machine() -> None:
    assert not papers.IN_THE_WHEEL.fullmatch("اسم")
    values = {"paper": json.dumps({"title": "漢字"}, ensure_ascii=False)}
    source = b"#json(bytes(sys.inputs.paper)).title"
    shown = papers._compiler(with_system_fonts=False).compile(source, format="pdf", sys_inputs=values)
    assert isinstance(shown, bytes)
    assert fonts_of(shown) <= {"Libertinus", "NewCM", "DejaVuSansMono"}


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
@example("a" * 500, "漢" * 300)
@example("\0\x1b[31m\x7f", "\ud83d half")
@example("اسم", "שלום \u202egnitirw\u2066")
@example("👩\u200d👩\u200d👧", "\u0301" * 200)
@example("\r\n\u2028\x85\n\n", "\uffff\ufffe\U0010ffff")
def test_no_text_makes_a_paper_fail(title: str, text: str) -> None:
    assert signed_paper("fr", title, text, [(title, text)], [(title, text, title)], text, MOMENT).startswith(b"%PDF-")


LETTERS = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), max_size=300)


@settings(deadline=None)
@given(LETTERS, LETTERS)
@example("x" * 300, "y" * 300)
def test_what_was_typed_comes_out_as_it_went_in(heading: str, text: str) -> None:
    visible = [re.sub(r"[\s\u200b]", "", one) for one in (heading, text)]
    assert "".join(visible) in words_of(paper((heading, text)))


def test_a_paper_finds_no_file() -> None:
    compiler = papers._compiler(with_system_fonts=False)
    for reading in ("/etc/passwd", "signed.typ", "../signed.typ", str(FOLDER / "signed.typ")):
        with pytest.raises(TypstError, match=r"not found|escape"):
            compiler.compile(f"#read({json.dumps(reading)})".encode(), format="pdf")


def test_no_paper_of_ours_takes_a_package_a_file_or_what_was_typed_as_typst() -> None:
    sources = [path.read_text("utf-8") for path in FOLDER.glob("*.typ")]
    assert sources
    assert [word for source in sources for word in ("import", "include", "read(", "eval(", "@") if word in source] == []


def test_what_is_too_long_for_a_paper_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="too long for a paper"):
        paper(("", "a" * 300_000))
