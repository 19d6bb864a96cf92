import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorly.mentoring.base import Refused
from mentorly.mentoring.cells import guarded, unguarded
from mentorly.mentoring.roster import Roster, checked_email
from mentorly.mentoring.rows import Row

ZOE = {"email": "zoe@boreal.example.org", "name": "Zoé Côté", "role": "mentor", "organization": "Boréal Robotique"}


def row_of(column: str, written: str) -> Row:
    """The row of a roster in which one cell of Zoé's is another."""
    cells = ZOE | {column: written}
    page = io.StringIO(newline="")
    csv.writer(page).writerows([cells.keys(), cells.values()])
    (row,) = Roster.read(page.getvalue().encode(), "roster.csv").rows
    return row


@pytest.mark.parametrize(
    ("written", "address"),
    [
        (" Bob.Tremblay@Northlight.Example.COM ", "bob.tremblay@northlight.example.com"),
        ("bob+pilot@example.net", "bob+pilot@example.net"),
        ("bob@Boréal.example.org", "bob@xn--boral-dsa.example.org"),
    ],
)
def test_an_address_is_kept_in_lower_case_and_ascii(written: str, address: str) -> None:
    assert checked_email(written) == address


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "missing"),
        ("bob", "is no mail address"),
        ("bob@localhost", "is no mail address"),
        ("a@b@example.org", "only one @"),
        ("zoé@example.org", "accents"),
        ("Bob <bob@example.org>", "is no mail address"),
        ("bob@example.org\nBcc: eve@example.org", "only one @"),
        ("bob@example.org\nBcc: everyone", "is no mail address"),
        ("b" * 100_000, "is no mail address"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(written: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        checked_email(written)


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        ("name", "  Zoe\u0301   Côté ", "Zoé Côté"),
        ("phone", "+1 604 555 0185", "+1 604 555 0185"),
        ("phone", "'+1 604 555 0185", "+1 604 555 0185"),
        ("phone", "(514) 555-0132  ext. 242", "(514) 555-0132 ext. 242"),
        ("language", "FR", "fr"),
        ("capacity", "50", 50),
        ("capacity", "0", 0),
        ("skills", " hiring ;; Hiring;public   speaking;", ("hiring", "public speaking")),
        ("notes", "one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("notes", "'=1+1", "=1+1"),
        ("notes", "'tis so", "'tis so"),
    ],
)
def test_a_cell_is_read_as_it_is_meant(column: str, written: str, value: object) -> None:
    assert row_of(column, written).values[column] == value


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("phone", "ask Bob"),
        ("phone", "+"),
        ("phone", "5" * 41),
        ("phone", "514-555-0132\nBcc: x"),
        ("language", "de"),
        ("timezone", "Eastern"),
        ("manager_email", "nobody"),
        ("capacity", "51"),
        ("capacity", "-1"),
        ("capacity", "1.5"),
        ("capacity", "\N{ARABIC-INDIC DIGIT THREE}"),
        ("capacity", "9" * 5000),
        ("fields", "x" * 81),
        ("fields", "hiring;data\x00science"),
        ("wants", "data\nscience"),
        ("wants", "\u202egnirih"),
        ("skills", ";".join(map(str, range(51)))),
        ("notes", "x" * 2001),
        ("notes", "bell\x07"),
        ("organization", "Bor\x00éal"),
        ("organization", "\u0301"),
        ("name", "Bob\nBcc: eve@example.org"),
        ("name", "see www.example.org"),
        ("role", "coach"),
    ],
)
def test_a_wrong_cell_is_a_fault_of_its_column_alone(column: str, written: str) -> None:
    row = row_of(column, written)
    assert [fault.column for fault in row.faults] == [column]
    assert column not in row.values


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "\t=1", "\rx", "+cmd|' /C calc'!A0", "-2+3", "+", "'=1", "''+x", "-Fay"]
)
def test_what_a_spreadsheet_would_compute_is_guarded(cell: str) -> None:
    assert guarded(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "Bob", "+1 604 555 0185", "-5", "+2.5", "'tis", "a=b", "514-555-0132 x242"])
def test_text_phones_and_numbers_are_not_guarded(cell: str) -> None:
    assert guarded(cell) == cell


@given(st.one_of(st.text(), st.text(alphabet="'=@+-\t\r1x")))
def test_what_was_guarded_comes_back(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
