"""Courtesies: what is said around an answer is no part of it."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from mentorly.emails.courtesies import without_closing, without_greeting

NAME = "Alice-Marie Gagnon"


@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("Hi,\n\nYes", "Yes"),
        ("Bonjour à tous,\nOui", "Oui"),
        ("Good morning Carol!\n\nNo", "No"),
        ("Hello", "Hello"),
        ("Hello, could you help?\nYes", "Hello, could you help?\nYes"),
        ("Dear all, I write because of something else\nYes", "Dear all, I write because of something else\nYes"),
        ("Yes", "Yes"),
    ],
)
def test_a_line_of_greeting_goes_and_nothing_else(words: str, rest: str) -> None:
    assert without_greeting(words) == rest


@pytest.mark.parametrize(
    "closing",
    [
        *(
            "Thanks!",
            "Merci, Alice-Marie",
            "Best regards,\nAlice",
            "Cordialement,\n\nAlice-Marie Gagnon",
            "alice marie",
        ),
        *("— Alice", "Bien à vous", "Merci d’avance", "Thank you so much!\n\nA. Gagnon".replace("A. ", "")),
    ],
)
def test_thanks_closings_and_the_own_name_go(closing: str) -> None:
    assert without_closing(closing, NAME) == ""
    assert without_closing(f"I am away.\n\n{closing}", NAME) == "I am away."


def test_a_signature_below_the_own_name_goes_unless_it_says_something() -> None:
    signature = "Alice-Marie Gagnon\nIngénieure principale\nBoréal Robotique, 514-555-0100\nhttps://example.org"
    assert without_closing(f"Cordialement,\n{signature}", NAME) == ""
    assert without_closing(f"I am away.\n\n{signature}", NAME) == "I am away."
    for kept in ("Alice\n\nPS I am away", "Alice\nI am away until Monday.", "Alice\n" + "line\n" * 9):
        assert without_closing(kept, NAME) == kept.strip()


@pytest.mark.parametrize("words", ["Thanks, but no", "Bob", "See you on Monday", "Alice will call you"])
def test_what_says_something_stays(words: str) -> None:
    assert without_closing(words, NAME) == words


@given(st.text(max_size=200))
def test_no_words_make_it_crash_and_none_are_added(words: str) -> None:
    assert without_greeting(words) in words
    assert without_closing(words, NAME) in words
