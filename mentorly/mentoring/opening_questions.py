"""Opening questions to bring to a meeting, by theme (instruments/opening_questions.toml)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mentorly.mentoring.typography import set_well

FILE = Path(__file__).parents[1] / "instruments" / "opening_questions.toml"


@dataclass(frozen=True)
class Theme:
    """What some questions are about. title, and each question: its words by language."""

    name: str
    title: Mapping[str, str]
    questions: Sequence[Mapping[str, str]]


@cache
def themes() -> Sequence[Theme]:
    """All themes, in their order."""
    found = tomllib.loads(FILE.read_text("utf-8"))["themes"]
    return [Theme(one["name"], {"en": one["en"], "fr": one["fr"]}, one["questions"]) for one in found]


def opening_question(number: int, language: str) -> str:
    """The question for a meeting by its number in its relationship, from 1: theme after theme, then the next ones."""
    turn, place = divmod(max(number, 1) - 1, len(themes()))
    questions = themes()[place].questions
    return set_well(questions[turn % len(questions)][language], language)
