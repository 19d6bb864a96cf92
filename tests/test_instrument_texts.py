"""What every instrument that is shipped keeps, as far as its file alone can tell."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mentorly
from mentorly.mentoring.instrument_files import shipped, sources

LANGUAGES = ("en", "fr")
FOLDER = Path(mentorly.__file__).parent / "instruments"
OTHER_FORMAT = {"opening_questions"}
INSTRUMENTS: dict[str, dict[str, Any]] = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted(FOLDER.glob("*.toml"))
    if path.stem not in OTHER_FORMAT
}
KINDS = {"survey", "sheet", "agreement", "code", "self"}
MOMENTS = {"match", "first_meeting", "midway", "end", "ended", "own"}
ANSWERS = {"scale", "number", "choice", "yes_no", "date", "line", "text", "heading"}
PAIRED = {"required", "kind", "least", "most", "en", "fr", "hint", "low", "high", "options"}
LONGEST = {"title": 60, "about": 320, "seen": 220, "hint": 240, "advice": 240, "low": 40, "high": 40}
ENGLISH = re.compile(
    r"\b(?:mentorship|mentoring|mentee|mentees|meeting|feedback|coaching|leadership|email|lead|the|and|you|your|with)\b",
    re.IGNORECASE,
)
BAD_TYPOGRAPHY = re.compile(r"[\u00a0\u202f\u2019]|\s[?!;]|\S:\s|[\"“”]|  | $")
FOR_EACH_ROLE = ("{}_baseline", "{}_end", "midway_{}", "first_meeting_feedback_{}", "follow_up_{}")
SAME_IN_BOTH = {"Communication", "Respect"}


def questions(name: str) -> list[dict[str, Any]]:
    """The questions of an instrument, headings included."""
    return list(INSTRUMENTS[name].get("questions", []))


def texts(name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of an instrument, as its place's name and the words by language."""
    instrument = INSTRUMENTS[name]
    yield from ((place, instrument[place]) for place in ("title", "about", "seen", "text") if place in instrument)
    for question in questions(name):
        yield "question", {language: question.get(language, "") for language in LANGUAGES}
        yield from ((place, question[place]) for place in ("hint", "low", "high", "advice") if place in question)
        yield from (("option", words) for words in question.get("options", {}).values())


@pytest.fixture(params=INSTRUMENTS)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each instrument in turn."""
    return str(request.param)


def test_an_instrument_says_who_is_asked_when_and_by_what(name: str) -> None:
    instrument = INSTRUMENTS[name]
    assert instrument["version"] >= 1
    assert instrument["kind"] in KINDS
    assert instrument["opens"], "it opens at some moment"
    assert set(instrument["opens"]) <= MOMENTS
    assert set(instrument["asks"]) <= {"mentee", "mentor", "lead", "anybody"}
    assert sorted(set(instrument["reminds"])) == instrument["reminds"]
    assert {"title", "about", "seen"} <= instrument.keys()
    assert ("text" in instrument) == (instrument["kind"] in {"agreement", "code"})


def test_every_text_is_there_in_both_languages_and_is_not_the_same(name: str) -> None:
    for _, words in texts(name):
        assert set(words) == set(LANGUAGES)
        assert all(words.values()), words
        assert words["en"] != words["fr"] or words["en"] in SAME_IN_BOTH, words


def test_french_is_french_and_leaves_its_typography_to_the_pages(name: str) -> None:
    for _, words in texts(name):
        french = words["fr"]
        assert not ENGLISH.search(french), french
        assert not BAD_TYPOGRAPHY.search(french), french


def test_no_text_is_longer_than_a_telephone_shows_well(name: str) -> None:
    for place, words in texts(name):
        if place != "text":
            longest = LONGEST.get(place, 200)
            assert all(len(text) <= longest for text in words.values()), words


def test_questions_have_names_of_their_own_and_what_their_kind_needs(name: str) -> None:
    names = [question["name"] for question in questions(name)]
    assert len(names) == len(set(names))
    for question in questions(name):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", question["name"])
        assert question["kind"] in ANSWERS
        assert (question["kind"] == "choice") == ("options" in question)
        assert (question["kind"] == "scale") == ({"least", "most", "low", "high"} <= question.keys())
        assert "effect" not in question or (question["kind"], question["effect"]) == ("yes_no", "call")


def test_no_survey_insists_on_words_and_no_self_assessment_on_an_answer(name: str) -> None:
    required = {question["kind"] for question in questions(name) if question.get("required")}
    allowed = {"survey": {"scale"}, "agreement": {"line", "text"}}
    assert required <= allowed.get(INSTRUMENTS[name]["kind"], set())


def test_a_section_of_a_form_has_at_most_six_questions(name: str) -> None:
    kinds = [question["kind"] for question in questions(name)]
    sections = " ".join(kinds).split("heading")
    assert all(len(section.split()) <= 6 for section in sections)


@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_each_role_is_asked_at_the_beginning_midway_at_the_end_and_afterwards(role: str) -> None:
    assert all(INSTRUMENTS[name.format(role)]["asks"] == [role] for name in FOR_EACH_ROLE)


@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_the_end_survey_asks_all_that_the_baseline_asked_in_the_same_words(role: str) -> None:
    end = {question["name"]: question for question in questions(f"{role}_end")}
    assert questions(f"{role}_baseline")
    for before in questions(f"{role}_baseline"):
        after = end[before["name"]]
        assert {key: before.get(key) for key in PAIRED} == {key: after.get(key) for key in PAIRED}


def test_every_question_of_the_self_assessment_has_advice_for_a_low_answer() -> None:
    scales = [question for question in questions("self_assessment") if question["kind"] == "scale"]
    assert len(scales) >= 16
    assert all("advice" in question for question in scales)


def test_a_code_is_principles_numbered_from_one() -> None:
    for language in LANGUAGES:
        principles = INSTRUMENTS["code_of_ethics"]["text"][language].strip().split("\n\n")
        assert [int(principle.split(".")[0]) for principle in principles] == list(range(1, len(principles) + 1))
        assert 8 <= len(principles) <= 12


def test_one_text_is_one_text_wherever_a_form_for_the_other_role_asks_it() -> None:
    said: dict[str, str] = {}
    for name in INSTRUMENTS:
        for _, words in texts(name):
            assert said.setdefault(words["fr"], words["en"]) == words["en"], words


def test_french_is_shown_with_its_own_apostrophe_and_kept_as_it_was_typed() -> None:
    """What is signed is compared by its source: an apostrophe asks nobody to sign again."""
    for name, instrument in shipped().items():
        shown = [instrument.title["fr"], instrument.about["fr"], *(one.label["fr"] for one in instrument.questions)]
        assert not [words for words in shown if re.search(r"\w'\w", words)], name
    assert "l'" in sources()["mentorship_agreement"]
    assert "l’" in shipped()["mentorship_agreement"].text["fr"]
