"""The rows of a roster, and what is wrong with them."""

from dataclasses import dataclass, replace
from typing import Any

from mentorly.mentoring.base import Refused
from mentorly.mentoring.cells import OF_A_PERSON
from mentorly.mentoring.organizations import folded

Said = dict[str, dict[str, tuple[int, Any]]]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row. line: where its record starts, from 1; also: the other faults of the same row."""

    line: int
    column: str
    refusal: Refused
    also: tuple["Fault", ...] = ()

    def __str__(self) -> str:
        """``COLUMN: sentence``, on one line whatever the cell held."""
        said = [f"{fault.column}: {fault.refusal}" for fault in (self, *self.also)]
        text = "; also ".join([*(sentence.rstrip(".") for sentence in said[:-1]), said[-1]])
        return "".join(letter if letter.isprintable() else " " for letter in text)


class Faulty(Refused):
    """A roster was not imported. faults: one for each faulty row, in the order of the file; name: the file's."""

    def __init__(self, faults: tuple[Fault, ...], name: str) -> None:
        super().__init__("Nothing was changed. Faulty rows in {name}: {count}.", name=name, count=len(faults))
        self.faults = faults
        self.name = name

    @property
    def lines(self) -> list[str]:
        """``FILE:LINE: COLUMN: sentence`` for each faulty row."""
        return [f"{self.name}:{fault.line}: {fault}" for fault in self.faults]


@dataclass(frozen=True, repr=False)
class Row:
    """One checked record. line: where it starts; values: by column, those given and right; faults: the others."""

    line: int
    values: dict[str, Any]
    faults: tuple[Fault, ...]

    def held_against(self, said: Said) -> "Row":
        """Return the row with its faults against earlier rows of its address.

        said: what rows said so far, address -> column -> line and value; this row's values are added to it.
        """
        if "email" not in self.values:
            return self
        before = said.setdefault(self.values["email"], {})
        faults: dict[str, Fault] = {}
        for column in ("name", "organization", "role", *OF_A_PERSON):
            if column in self.values:
                value = folded(self.values[column]) if column == "organization" else self.values[column]
                key = f"role {value}" if column == "role" else column
                line, other = before.setdefault(key, (self.line, value))
                if line != self.line and (column == "role" or other != value):
                    where, sentence = REPEATED.get(column, (column, "Line {line} says something else of this person."))
                    faults.setdefault(where, Fault(self.line, where, Refused(sentence, line=line)))
        told = [faults["email"]] if "email" in faults else faults.values()
        return replace(self, faults=(*self.faults, *told))


REPEATED = {
    "name": ("email", "Line {line} has this address with another name."),
    "organization": ("email", "Line {line} has this address with another organization."),
    "role": ("email", "Line {line} has this address in the same role."),
}
