"""Figures, what is expected of them, and what they come to."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MORE, LESS = "≥", "≤"


@dataclass(frozen=True)
class Figure:
    """Something that was measured several times. part: of the bench. about: which database, which page, and so on."""

    part: str
    name: str
    unit: str
    values: tuple[float, ...]
    about: str = ""

    @property
    def median(self) -> float:
        """The middle one of its values."""
        return float(median(self.values))

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest of its values."""
        return min(self.values), max(self.values)

    @property
    def line(self) -> dict[str, Any]:
        """The figure for a line of JSON."""
        return {
            "part": self.part, "name": self.name, "about": self.about, "unit": self.unit,
            "median": shortened(self.median), "values": [shortened(value) for value in self.values],
        }  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What the bench expects. way: MORE or LESS. aim: what would be better still, in the same unit."""

    part: str
    name: str
    value: float
    way: str
    bound: float
    unit: str = ""
    aim: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is as expected; what could not be measured is not."""
        return self.value >= self.bound if self.way == MORE else self.value <= self.bound

    @property
    def verdict(self) -> str:
        """The expectation and what came of it, in a line."""
        aim = "" if self.aim is None else f" (aim {self.aim:g})"
        met = "met" if self.is_met else "NOT MET"
        return f"{met}: {self.name}: {shown(self.value)} {self.unit}, expected {self.way} {self.bound:g}{aim}".replace(
            " ,", ","
        )

    @property
    def line(self) -> dict[str, Any]:
        """The target for a line of JSON."""
        return {
            "part": self.part, "target": self.name, "value": shortened(self.value), "unit": self.unit,
            "expected": f"{self.way} {self.bound:g}", "met": self.is_met,
        }  # fmt: skip


@dataclass
class Report:
    """What a run of the bench brings. notes: sentences that belong beside the figures, by part."""

    figures: list[Figure] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    papers: dict[str, str] = field(default_factory=dict)

    def add(self, part: str, name: str, unit: str, values: Iterable[float], about: str = "") -> Figure:
        """Keep a figure and return it."""
        figure = Figure(part, name, unit, tuple(values), about)
        self.figures.append(figure)
        return figure

    def expect(self, target: Target) -> None:
        """Keep what is expected of a figure."""
        self.targets.append(target)

    def note(self, part: str, sentence: str) -> None:
        """Keep a sentence."""
        self.notes.append((part, sentence))

    def find(self, part: str, name: str, about: str = "") -> Figure | None:
        """The figure of this name, if it was measured."""
        own = (figure for figure in self.figures if (figure.part, figure.name, figure.about) == (part, name, about))
        return next(own, None)

    @property
    def is_met(self) -> bool:
        """Whether everything is as expected."""
        return all(target.is_met for target in self.targets)


def ratio(of: Figure, to: Figure) -> float:
    """The median of the ratios of two figures, value by value: the rounds were interleaved, so each pair met one mood.

    Raises ValueError if one was measured more often than the other.
    """
    return float(median(one / other for one, other in zip(of.values, to.values, strict=True)))


def shortened(value: float) -> float:
    """A number with four significant digits."""
    return float(f"{value:.4g}")


def shown(value: float) -> str:
    """A number as people read it: three significant digits, whole from a hundred on."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:#.3g}"
