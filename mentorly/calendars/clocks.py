"""Times of a received calendar in their zones, and the instants that they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from mentorly.calendars.received_lines import Component, Line, Unreadable
from mentorly.calendars.received_times import Moment, shown
from mentorly.calendars.received_zones import Zone, zone_named, zone_of

EARLIEST, LATEST = 1900, 2200


@dataclass(frozen=True)
class Clock:
    """A time as it was written: what the clocks of a zone show, or a whole day."""

    shown: Moment
    zone: Zone

    @property
    def moment(self) -> Moment:
        """The instant in UTC, or the day."""
        return self.zone.instant(self.shown) if isinstance(self.shown, datetime) else self.shown

    @property
    def day(self) -> date:
        """The day on the clocks."""
        return self.shown.date() if isinstance(self.shown, datetime) else self.shown

    def on(self, day: date) -> "Clock":
        """The same time on another day."""
        return Clock(datetime.combine(day, self.shown.time()) if isinstance(self.shown, datetime) else day, self.zone)


class Clocks:
    """What the times of one calendar mean. floating: the zone of times that name none."""

    def __init__(self, calendar: Component, floating: tzinfo = UTC) -> None:
        self._written = {part.text("TZID"): part for part in calendar.within("VTIMEZONE")}
        self._floating = zone_of(floating)
        self._known: dict[str, Zone | None] = {}

    def of(self, line: Line | None) -> Clock | None:
        """The time of a line. Raises Unreadable if it is none, out of reach, or in a zone that nobody knows."""
        return self.read(line.value, line.parameters.get("TZID", "")) if line else None

    def all_of(self, lines: Iterable[Line]) -> tuple[Clock, ...]:
        """The times of lines that hold several each, of periods their starts. Raises what `of` raises."""
        return tuple(
            self.read(value.partition("/")[0], line.parameters.get("TZID", ""))
            for line in lines
            for value in line.value.split(",")
            if value.strip()
        )

    def read(self, value: str, zone: str = "") -> Clock:
        """A time as it is written. Raises Unreadable."""
        if zone and "/" in value:  # TZID=tzone://Microsoft/Utc, without the quotation marks that its colon needs
            rest, _, value = value.rpartition(":")
            zone = f"{zone}:{rest}"
        clock, in_utc = shown(value)
        if not EARLIEST <= clock.year <= LATEST:
            raise Unreadable("It has a time that is out of reach.")
        if in_utc or not zone:
            return Clock(clock, zone_of(UTC) if in_utc else self._floating)
        return Clock(clock, self._zone(zone))

    def _zone(self, name: str) -> Zone:
        if name not in self._known:
            self._known[name] = zone_named(name, self._written)
        zone = self._known[name]
        if zone is None:
            raise Unreadable("It has a time in a zone that is known nowhere.")
        return zone
