"""Moments as an answer keeps them, so that it can be undone."""

from datetime import datetime


def written(moment: datetime | None) -> str | None:
    """A moment as text."""
    return moment.isoformat() if moment else None


def read_moment(text: str | None) -> datetime | None:
    """The moment of a text."""
    return datetime.fromisoformat(text) if text else None
