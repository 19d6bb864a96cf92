"""The questions in an instrument's text."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_reading import LANGUAGES, NAME, Reading
from mentorly.mentoring.instruments import Kind
from mentorly.mentoring.questions import Amount, Day, Heading, Line, Pick, Question, Scale, Text, Texts, YesNo

MOST_QUESTIONS = 80
MOST_OPTIONS = 20
STEPS = range(101)
MOST_STEPS = 11
RESERVED = frozenset({"signature", "csrf_token"})
KINDS: Mapping[str, type[Question]] = {
    "scale": Scale,
    "number": Amount,
    "choice": Pick,
    "yes_no": YesNo,
    "date": Day,
    "line": Line,
    "text": Text,
    "heading": Heading,
}
KNOWN = frozenset(
    {"name", "kind", "required", "least", "most", "low", "high", "hint", "options", "effect", "advice", *LANGUAGES}
)


def question_tables(reading: Reading) -> list[dict[str, Any]]:
    """The tables that begin with [[questions]]."""
    tables = reading.data.get("questions", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        reading.refuse("questions", Refused("Each question begins with [[questions]]."))
    if len(tables) > MOST_QUESTIONS:
        reading.refuse("questions", Refused("There are at most {most} questions.", most=MOST_QUESTIONS))
    return tables


def read_questions(reading: Reading, tables: Sequence[dict[str, Any]]) -> Iterator[Question]:
    """The questions of these tables; two of one name are a fault."""
    seen: set[str] = set()
    for place, table in enumerate(tables):
        question: Question | None = reading.part(partial(_question, reading, table, place), None)
        name = str(table.get("name"))
        if name in seen:
            twice = Refused("Two questions are called {name}.", name=name[:60])
            reading.part(partial(reading.refuse, "name", twice, place), None)
        seen.add(name)
        if question is not None:
            yield question


def _question(reading: Reading, table: dict[str, Any], place: int) -> Question:
    part = reading.part
    name = table.get("name", "")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        reading.refuse("name", Refused("A question needs a name, in small letters, digits and _."), place)
    if name in RESERVED:
        reading.refuse("name", Refused("No question can be called {name}.", name=name), place)
    part(lambda: reading.check_keys(table, KNOWN, place), None)
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        reading.refuse("kind", Refused("The kind of a question is one of {kinds}.", kinds=", ".join(KINDS)), place)
    part(lambda: _check_kind(reading, table, kind, place), None)
    label = {key: table[key] for key in LANGUAGES if key in table}
    more: dict[str, Any] = {}
    made = KINDS[kind]
    if made in {Amount, Scale}:
        more |= part(lambda: _bounds(reading, table, place, made), more)
    if made is Scale:
        ends = {key: part(partial(reading.texts, table, key, {}, 60, place=place), Texts()) for key in ("low", "high")}
        more |= ends
    if made is Pick:
        more["options"] = part(partial(_options, reading, table, place), dict[str, Texts]())
    return made(
        name=name,
        label=part(partial(reading.texts, {"label": label}, "label", None, place=place), {}),
        hint=part(partial(reading.texts, table, "hint", {}, place=place), {}),
        required=part(lambda: reading.flag(table, "required", place), missing=False),
        **more,
    )


def _check_kind(reading: Reading, table: dict[str, Any], kind: str, place: int) -> None:
    if table.get("effect") not in {None, "call"} or ("effect" in table and kind != "yes_no"):
        fault = Refused("The only effect is “call”, of a question of the kind yes_no.")
        reading.refuse("effect", fault, place)
    if reading.data.get("kind") == Kind.AGREEMENT and kind not in {"line", "text", "heading"}:
        fault = Refused("An agreement is filled in together, so its questions are of the kinds line and text.")
        reading.refuse("kind", fault, place)


def read_advice(reading: Reading, tables: Sequence[dict[str, Any]]) -> dict[str, Texts]:
    """What to read or do after a low answer, by the question's name."""
    return {
        str(table.get("name")): reading.texts(table, "advice", {}, place=place)
        for place, table in enumerate(tables)
        if "advice" in table
    }


def _bounds(reading: Reading, table: dict[str, Any], place: int, made: type[Question]) -> dict[str, Any]:
    scale = made is Scale
    within = STEPS if scale else range(1_000_000)
    least = reading.number(table, "least", within, 1 if scale else 0, place)
    most = reading.number(table, "most", within, 5 if scale else 999_999, place)
    if not least < most or (scale and most - least >= MOST_STEPS):
        fault = Refused("The most is above the least, and a scale has at most {steps} steps.", steps=MOST_STEPS)
        reading.refuse("most", fault, place)
    return {"least": least, "most": most}


def _options(reading: Reading, table: dict[str, Any], place: int) -> dict[str, Texts]:
    options = table.get("options")
    if not isinstance(options, dict) or not 2 <= len(options) <= MOST_OPTIONS:
        reading.refuse("options", Refused("A choice has 2 to {most} options.", most=MOST_OPTIONS), place)
    if not all(NAME.fullmatch(name) for name in options):
        reading.refuse("options", Refused("An option needs a name, in small letters, digits and _."), place)
    read = {name: reading.texts(options, name, None, 200, place=place, within="options") for name in options}
    return {name: {key: " ".join(words.split("\n")) for key, words in said.items()} for name, said in read.items()}
