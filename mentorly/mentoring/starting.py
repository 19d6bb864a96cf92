"""Sentences to begin an objective with, of each category."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from mentorly.mentoring.objectives import Category

Sentences = Mapping[Category, Sequence[Mapping[str, str]]]


@cache
def starting_sentences() -> Sentences:
    """The sentences of each category, each by language."""
    text = (Path(__file__).parent / "starting_sentences.toml").read_text("utf-8")
    return {Category(name): sentences for name, sentences in tomllib.loads(text).items()}


def starting_sentence(category: str, number: str, language: str) -> str:
    """One of them, by its category and its number from 1 as they stand in an address; '' if there is none."""
    sentences = {str(one): words for one, words in enumerate(starting_sentences().get(category, ()), 1)}  # type: ignore[call-overload]
    return str(sentences[number][language]) if number in sentences else ""
