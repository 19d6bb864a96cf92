"""The console: where administrators and project leads look after their programs."""

from mentorly.blueprints.console import (
    calls,
    deliveries,
    documents,
    mails,
    matching,
    overview,
    people,
    post,
    programs,
    proposals,
    received,
    relationships,
    rosters,
    unreached,
    upcoming,
)
from mentorly.blueprints.console.room import blueprint

__all__ = [
    "blueprint",
    "calls",
    "deliveries",
    "documents",
    "mails",
    "matching",
    "overview",
    "people",
    "post",
    "programs",
    "proposals",
    "received",
    "relationships",
    "rosters",
    "unreached",
    "upcoming",
]
