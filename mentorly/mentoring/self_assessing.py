"""A self-assessment: an immediate result with what to read or do. Nothing is kept, and it decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mentorly.mentoring.base import Refused
from mentorly.mentoring.instrument_files import shipped
from mentorly.mentoring.instruments import Instrument, Kind
from mentorly.mentoring.questions import Heading, Scale, Texts

LOW = 2


@dataclass
class Area:
    """What belongs together. points of most: the answers. advice: the question and what to do, where one was low."""

    heading: Texts
    points: int = 0
    most: int = 0
    advice: list[tuple[Texts, Texts]] = field(default_factory=list)


def self_assessment() -> Instrument:
    """The instrument that mentors may answer for themselves."""
    return next(one for one in shipped().values() if one.kind is Kind.SELF)


def result(instrument: Instrument, said: Mapping[str, Any]) -> list[Area]:
    """What the answers say, by the areas of the instrument. Raises Refused if nothing was answered."""
    areas = [Area(instrument.title)]
    for question in instrument.questions:
        if isinstance(question, Heading):
            areas.append(Area(question.label))
        elif isinstance(question, Scale) and said.get(question.name) is not None:
            step = int(said[question.name])
            areas[-1].points += step
            areas[-1].most += question.most
            if step <= LOW and question.name in instrument.advice:
                areas[-1].advice.append((question.label, instrument.advice[question.name]))
    found = [area for area in areas if area.most]
    if not found:
        raise Refused("Answer at least one question, and you see a result.")
    return found
