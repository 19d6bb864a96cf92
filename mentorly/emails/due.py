"""When a mail is due, and to whom: one query over stored columns (rules A1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    bindparam,
    cast,
    false,
    literal,
    null,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import iterate

from mentorly.clock import NONE, Distance
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.base import Base, Moment
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

NOW: ColumnElement[datetime] = bindparam("now", type_=Moment())
Gone = aliased(Person)
# Nothing is due, still due or foreseen to who was erased, whatever a kind says.
ERASED = select(Gone.id).where(Gone.erased_at.is_not(None))


class stamp(FunctionElement[str]):  # noqa: N801 - it stands in SQL, where functions are lower case
    """A moment or a day as text: the same text on both databases, so that an occasion outlives a change of database."""

    type = String()
    inherit_cache = True


@compiles(stamp)
def _stamp(element: stamp, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    pattern = "YYYY-MM-DD" if _is_day(element) else "YYYY-MM-DD HH24:MI:SS.US"
    return f"to_char({column}, '{pattern}')"


@compiles(stamp, "sqlite")
def _stamp_sqlite(element: stamp, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TEXT)"


def _is_day(element: FunctionElement[Any]) -> bool:
    return isinstance(next(iter(element.clauses)).type, Date)


class day_begins(FunctionElement[datetime]):  # noqa: N801 - it stands in SQL, where functions are lower case
    """A day as the moment of its midnight in UTC, which is how an envelope keeps it."""

    type = Moment()
    inherit_cache = True


@compiles(day_begins)
def _day_begins(element: day_begins, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS TIMESTAMP) AT TIME ZONE 'UTC'"


@compiles(day_begins, "sqlite")
def _day_begins_sqlite(element: day_begins, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} || ' 00:00:00.000000')"


@dataclass(frozen=True)
class Due:
    """One query: the things, their readers, and the moment and occasion of each mail.

    thing: the model. reader: the column with a person's id. moment: one indexed column of the thing.
    before, after: a constant distance between the moment and the mail. occasion: what makes it another mail about the
    same thing to the same reader (default: once). while_: when it is still true, asked again just before sending.
    unsent: narrows collecting to an open state that the mail itself closes, so that a partial index serves it; not
    asked again, because a mail that a person sends a second time is still true. awaited: narrows it to those whose
    answer is awaited, so that digests tell of the mail again; None: it is told once. joins: further tables, each as a
    model and a condition.
    """

    thing: type[Base]
    reader: InstrumentedAttribute[Any]
    moment: InstrumentedAttribute[Any]
    before: Distance = NONE
    after: Distance = NONE
    occasion: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None
    while_: ColumnElement[bool] | Any | None = None
    unsent: ColumnElement[bool] | None = None
    awaited: ColumnElement[bool] | Any | None = None
    joins: Sequence[tuple[Any, ColumnElement[bool]]] = ()

    @property
    def by_day(self) -> bool:
        """Whether the moment is a day of the reader's and not an instant."""
        return isinstance(self.moment.type, Date)

    @property
    def depends_on_now(self) -> bool:
        """Whether a condition speaks of the moment of asking."""
        return self.while_ is not None and any(element is NOW for element in iterate(self.while_))

    @property
    def resumed_at(self) -> ColumnElement[Any]:
        """When its thing's relationship was last resumed after a pause, in SQL; null where there is none."""
        if any(model is Relationship for model in (self.thing, *(model for model, _ in self.joins))):
            return Relationship.resumed_at  # type: ignore[return-value]
        own = getattr(self.thing, "relationship_id", None)
        if own is None:
            return null()
        return select(Relationship.resumed_at).where(Relationship.id == own).scalar_subquery()

    def within(self, low: datetime | None, high: datetime) -> Select[Any]:
        """Select (thing_id, reader_id, occasion, moment) of all whose moment is in (low, high].

        low: None is without a bound.
        """
        query = self._select(self.unsent).where(self.moment <= self._bound(high))
        return query if low is None else query.where(self.moment > self._bound(low))

    def in_window(self) -> Select[Any]:
        """Select the same with the bounds as parameters, `low` and `high`, for statements that are built once."""
        low, high = (bindparam(name, type_=self.moment.type) for name in ("low", "high"))
        return self._select(self.unsent).where(self.moment <= high, self.moment > low)

    def bounds(self, low: datetime, high: datetime) -> dict[str, datetime | date]:
        """The values of those parameters."""
        return {"low": self._bound(low), "high": self._bound(high)}

    def among(self, thing_ids: Iterable[int]) -> Select[Any]:
        """Select the same of these things alone, whatever their moment, to ask whether it is still due."""
        return self._select(None).where(is_among(self.thing.id, list(thing_ids)))  # type: ignore[attr-defined]

    def awaited_among(self, thing_ids: Iterable[int]) -> Select[Any]:
        """Select the same of these things whose answer is awaited."""
        query = self.among(thing_ids)
        return query.where(false() if self.awaited is None else self.awaited)

    def _bound(self, moment: datetime) -> datetime | date:
        return moment.date() if self.by_day else moment

    def _select(self, unsent: ColumnElement[bool] | None) -> Select[Any]:
        thing_id = self.thing.id  # type: ignore[attr-defined]
        query = select(
            thing_id.label("thing_id"),
            self.reader.label("reader_id"),
            self._occasion().label("occasion"),
            self._moment().label("moment"),
        ).select_from(self.thing)
        for model, condition in self.joins:
            query = query.join(model, condition)
        query = query.where(self.moment.is_not(None), self.reader.is_not(None), self.reader.not_in(ERASED))
        conditions = [condition for condition in (self.while_, unsent) if condition is not None]
        return query.where(and_(*conditions)) if conditions else query

    def _moment(self) -> ColumnElement[Any]:
        return day_begins(self.moment) if self.by_day else self.moment  # type: ignore[return-value]

    def _occasion(self) -> ColumnElement[str]:
        if self.occasion is None:
            return literal("")
        if isinstance(self.occasion.type, Date | Moment):
            return stamp(self.occasion)
        return cast(self.occasion, String)
