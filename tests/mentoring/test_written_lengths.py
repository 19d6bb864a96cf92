"""How long something took is read from words, in both languages; what else they say is left as it was written."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_questions import Length, TimeChoice, Topics
from mentorly.mentoring.written_lengths import read_length
from tests.cast import MONDAY

TORONTO = ZoneInfo("America/Toronto")
LENGTH, TOPICS = Length("minutes", {}), Topics("topics", {})
TUESDAY, THURSDAY = (datetime(2027, 3, day, 15, 0, tzinfo=UTC).isoformat() for day in (9, 18))
TIMES = TimeChoice("at", {}, required=True, options={one: {} for one in (TUESDAY, THURSDAY)})


@pytest.mark.parametrize(
    ("words", "minutes", "rest"),
    [
        ("45 minutes, interview practice", 45, "interview practice"),
        ("1h30", 90, ""),
        ("oui 1h30", 90, ""),
        ("1 h 30 : entrevue", 90, "entrevue"),
        ("an hour and a half", 90, ""),
        ("two and a half hours, négociation", 150, "négociation"),
        ("une heure et demie, Négociation", 90, "Négociation"),
        ("half an hour", 30, ""),
        ("une demi-heure", 30, ""),
        ("1,5 heure", 90, ""),
        ("un quart d’heure", 15, ""),
        ("trois quarts d'heure", 45, ""),
        ("deux heures et 15 minutes", 135, ""),
        ("about 50 min; résumé\nand negotiating", 50, "résumé\nand negotiating"),
        ("interview practice for an hour", 60, "interview practice"),
        ("90", 90, ""),
        ("interview practice", None, "interview practice"),
        ("we met at 1:30 pm", None, "we met at 1:30 pm"),
        ("room 12 of building 3", None, "room 12 of building 3"),
        ("", None, ""),
    ],
)
def test_a_length_is_read_from_words(words: str, minutes: int | None, rest: str) -> None:
    assert read_length(words) == (minutes, rest)
    assert LENGTH.read(words, TORONTO, MONDAY) == (None if minutes is None else str(minutes))
    assert TOPICS.read(words, TORONTO, MONDAY) == (rest or None)


@given(st.text(max_size=80))
def test_no_words_break_the_reading_of_a_length(words: str) -> None:
    minutes, _ = read_length(words)
    assert minutes is None or minutes >= 0


def test_a_length_that_is_none_is_refused_with_an_example() -> None:
    assert LENGTH.check("1h15", TORONTO) == 75
    assert LENGTH.check("", TORONTO) is None
    with pytest.raises(Refused, match="45 minutes, or 1h30"):
        LENGTH.check("quite long", TORONTO)


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("2", THURSDAY),
        ("the 2, please", THURSDAY),
        ("Tuesday March 9 at 10 am", TUESDAY),
        ("le 18 mars à 11 h", THURSDAY),
        ("3", None),
        ("2 pm", None),
        ("2 or 1", None),
        ("12 March 10:00", None),
    ],
)
def test_one_of_several_times_is_named_by_its_number_or_by_its_day_and_time(words: str, chosen: str | None) -> None:
    assert TIMES.read(words, TORONTO, MONDAY) == chosen
