"""Opening questions to bring to a meeting: one for each, from another theme than the last one's."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def _themes() -> list[list[dict[str, str]]]:
    return list(tomllib.loads((Path(__file__).parent / "opening.toml").read_text("utf-8")).values())


def opening_question(number: int, language: str) -> str:
    """The question for a meeting by its number in its relationship, from 1: theme after theme, then the next ones."""
    themes = _themes()
    turn, place = divmod(max(number, 1) - 1, len(themes))
    questions = themes[place]
    return questions[turn % len(questions)][language]
