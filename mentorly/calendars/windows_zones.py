"""What Windows calls the zones: its programs name no other in the calendars that they send."""

from functools import cache

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mentorly.calendars.zone_rules import ZoneRule, zone_rule


@cache
def windows_name(zone: str) -> str:
    """The name that Windows has for a zone, or for one whose clocks follow the same rule today; '' if there is none."""
    for name, known in WINDOWS_TO_OLSON.items():
        if known == zone:
            return str(name)
    rule = _observances(zone_rule(zone))
    alike = (str(name) for name, known in WINDOWS_TO_OLSON.items() if rule and _observances(zone_rule(known)) == rule)
    return next(alike, "")


def _observances(rule: ZoneRule | None) -> list[str]:
    return [line for line in rule.lines if not line.startswith(("TZID", "TZNAME"))] if rule else []
