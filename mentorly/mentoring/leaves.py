"""Lists, which are read one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

ROWS = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Leaf(Generic[Row]):
    """One page of a list. number: from 1. total: how many rows there are in all. size: how many rows a page holds."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = ROWS

    @classmethod
    def read(cls, session: Session, query: Select[Row], number: int, size: int = ROWS) -> Self:
        """Read one page of an ordered query; a number beyond the last page is the last page."""
        total = session.scalar(select(func.count()).select_from(query.order_by(None).options().subquery())) or 0
        number = _within(number, total, size)
        return cls(session.scalars(query.limit(size).offset((number - 1) * size)).unique().all(), number, total, size)

    @classmethod
    def cut(cls, rows: Sequence[Row], number: int, size: int = ROWS) -> Self:
        """Cut one page out of rows that are known."""
        number = _within(number, len(rows), size)
        return cls(rows[(number - 1) * size : number * size], number, len(rows), size)

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return _pages(self.total, self.size)


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))


def _within(number: int, total: int, size: int) -> int:
    return min(max(1, number), _pages(total, size))
