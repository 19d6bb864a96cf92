"""The same program of years in databases that differ in one thing: how many old envelopes they keep."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from benchmarks.databases import Place, engine_of, settle
from benchmarks.letters import register
from benchmarks.seeds import Scale, Seeds
from mentorly.emails.email import Register

SIZES = (0, 10_000, 100_000, 300_000, 1_000_000)


@dataclass
class World:
    """The databases. sizes: the numbers of old envelopes, beginning with none. now: up to which all is done."""

    places: list[Place]
    scale: Scale
    sizes: tuple[int, ...]
    register: Register = field(default_factory=register)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    urls: dict[tuple[str, int], str] = field(default_factory=dict)

    def build(self) -> None:
        """Sow everything: about half a minute for a million envelopes on each make of database."""
        for place in self.places:
            before = 0
            for size in self.sizes:
                url = place.copy(name_of(size), name_of(before)) if size else place.empty(name_of(0))
                self.urls[place.name, size] = url
                with engine_of(url) as engine:
                    self._grow(Seeds(engine, self.now), before, size)
                    settle(engine)
                before = size

    def _grow(self, seeds: Seeds, before: int, size: int) -> None:
        if size:
            seeds.old_envelopes(size - before, before, self.scale.people, list(self.register))
            seeds.send_by_hand(self.register)
        else:
            seeds.sow(self.scale)
            seeds.remember(self.register)


def name_of(size: int) -> str:
    """The name of the database with so many old envelopes."""
    return f"old_{size}"
