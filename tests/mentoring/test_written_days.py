"""Days and times as people write them: read where they are certain, and asked for again where they are not."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.questions import Choice, Password, Text
from mentorly.mentoring.written_days import read_day_and_time

MONDAY = date(2027, 3, 1)
ZONE = ZoneInfo("America/Toronto")
NOW = datetime(2027, 3, 1, 15, 0, tzinfo=ZoneInfo("UTC"))
LABEL = {"en": "When?", "fr": "Quand?"}


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("12 March 14:00", "2027-03-12 14:00"),
        ("Friday, March 12 at 2 pm", "2027-03-12 14:00"),
        ("March 12th, 2027, 2:30 p.m. works for me", "2027-03-12 14:30"),
        ("le vendredi 12 mars à 14 h 30", "2027-03-12 14:30"),
        ("12 mars 14h", "2027-03-12 14:00"),
        ("le 1er avril à 9h05", "2027-04-01 09:05"),
        ("2027-03-12T14:00", "2027-03-12 14:00"),
        ("the 3rd of April at 10.30", "2027-04-03 10:30"),
        ("tomorrow at noon", "2027-03-02 12:00"),
        ("demain midi", "2027-03-02 12:00"),
        ("Monday at 9:15 am", "2027-03-08 09:15"),
        ("jeudi 15 h", "2027-03-04 15:00"),
        ("Feb 3, 11am", "2028-02-03 11:00"),
    ],
)
def test_a_day_and_a_time_are_read_in_both_languages(words: str, read: str) -> None:
    assert str(read_day_and_time(words, MONDAY)) == f"{read}:00"


@pytest.mark.parametrize(
    "words",
    [
        "12 March",
        "14:00",
        "12 March or 13 March 14:00",
        "12 March between 14:00 and 15:00",
        "Saturday 12 March 14:00",
        "31 February 14:00",
        "12/03/2027 14:00",
        "12 March at 2:00",
        "12 March 25:00",
        "soon",
        "",
    ],
)
def test_what_could_mean_two_moments_or_none_is_not_read(words: str) -> None:
    assert read_day_and_time(words, MONDAY) is None


@given(st.text(max_size=300))
def test_no_words_make_it_crash(words: str) -> None:
    found = read_day_and_time(words, MONDAY)
    assert found is None or found.year >= 2000


def test_what_is_read_is_what_a_form_would_take() -> None:
    at = DayAndTime("at", LABEL, required=True)
    typed = at.read("12 March 14:00", ZONE, NOW)
    assert typed == "2027-03-12 14:00"
    assert at.check(typed, ZONE) == datetime(2027, 3, 12, 19, 0, tzinfo=ZoneInfo("UTC"))
    night = at.read("14 March 2:30 am", ZONE, NOW)
    assert night is not None
    with pytest.raises(Refused, match="the clocks change"):
        at.check(night, ZONE)


def test_a_choice_is_read_by_the_only_name_that_the_words_hold() -> None:
    options = {"1": dict.fromkeys(("en", "fr"), "Grâce Chen"), "2": dict.fromkeys(("en", "fr"), "Anna Roy")}
    whom = Choice("whom", LABEL, options=options)
    assert whom.read("grace chen, please", ZONE, NOW) == "1"
    assert whom.read("Grace Chen or Anna Roy", ZONE, NOW) is None
    assert whom.read("Annabel Royal", ZONE, NOW) is None


def test_a_text_takes_all_words_and_a_password_none() -> None:
    assert Text("words", LABEL).read("all of\nit", ZONE, NOW) == "all of\nit"
    assert Password("password", LABEL).read("hunter2", ZONE, NOW) is None
