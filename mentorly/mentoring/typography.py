"""How words of a program are set: in French the apostrophe is ’, however it was typed."""

import re

STRAIGHT = re.compile(r"(?<=\w)'(?=[\w«])")


def set_well(words: str, language: str) -> str:
    """Words as they are shown. What is kept stays as it was typed, so that no version of a form becomes another."""
    return STRAIGHT.sub("’", words) if language == "fr" else words
