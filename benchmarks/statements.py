"""The statements that the code really runs, and how a database carries them out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from traceback import extract_stack
from typing import Any

from sqlalchemy import Connection, Engine, event

STEP = 1
WORDS_OF_TRANSACTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT", "BEGIN")


@dataclass(frozen=True)
class Statement:
    """A statement with its parameters, as the driver gets it. label: what was being done. by: who asked it."""

    words: str
    parameters: Any
    label: str = ""
    by: str = ""

    @property
    def gist(self) -> str:
        """The verb, and the method that asked it."""
        return f"{self.words.split(maxsplit=1)[0]} by {self.by}"


@dataclass
class Capture:
    """The statements that an engine ran. label: what is being done now."""

    label: str = ""
    statements: list[Statement] = field(default_factory=list)

    @property
    def distinct(self) -> list[Statement]:
        """Each statement once for each label, and under the last label those alone that no other has."""
        last = self.statements[-1].label if self.statements else ""
        known = {one.words for one in self.statements if one.label != last}
        found = {(one.label, one.words): one for one in self.statements if one.label != last or one.words not in known}
        return list(found.values())


def _asker() -> str:
    """The module and method of ours that asks a statement now."""
    for frame in reversed(extract_stack()):
        if "/mentorly/" in frame.filename and frame.name not in {"_count", "_change"}:
            return f"{PurePath(frame.filename).stem}.{frame.name}"
    return "?"


@contextmanager
def captured(engine: Engine) -> Iterator[Capture]:
    """Keep every statement that an engine runs while the block runs."""
    capture = Capture()

    def note(_connection: Any, _cursor: Any, words: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy gives it
        if not words.startswith(WORDS_OF_TRANSACTIONS):
            capture.statements.append(Statement(words, parameters[0] if many else parameters, capture.label, _asker()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield capture
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Plan:
    """How PostgreSQL carried a statement out.

    rows: that its scans and joins looked at, also those that a filter threw away. buffers: pages of 8 KiB that were
    looked at. scans: each table with the index that served it, or "sequentially".
    """

    statement: Statement
    rows: int
    buffers: int
    milliseconds: float
    scans: tuple[tuple[str, str], ...]

    def sequential(self, tables: Sequence[str]) -> list[str]:
        """Those of these tables that were read from end to end."""
        return [table for table, how in self.scans if how == SEQUENTIALLY and table in tables]


SEQUENTIALLY = "sequentially"


def plan_of(connection: Connection, statement: Statement) -> Plan:
    """Carry a statement out on PostgreSQL, say how, and take it back."""
    words = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.words}"
    try:
        told = connection.exec_driver_sql(words, statement.parameters).scalar_one()[0]
    finally:
        connection.rollback()
    top = told["Plan"]
    nodes = list(_nodes(top))
    return Plan(
        statement=statement,
        rows=sum(_rows(node) for node in nodes if "Scan" in node["Node Type"]),
        buffers=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
        milliseconds=told["Planning Time"] + told["Execution Time"],
        scans=tuple(_scans(nodes)),
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _rows(node: dict[str, Any]) -> int:
    each = node["Actual Rows"] + sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return int(each * node["Actual Loops"])


def _scans(nodes: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    bitmaps = [node["Index Name"] for node in nodes if node["Node Type"] == "Bitmap Index Scan"]
    for node in nodes:
        if node["Node Type"] == "Seq Scan":
            yield node["Relation Name"], SEQUENTIALLY
        elif node["Node Type"] == "Bitmap Heap Scan":
            yield node["Relation Name"], bitmaps.pop(0)
        elif "Index" in node["Node Type"] and "Relation Name" in node:
            yield node["Relation Name"], node["Index Name"]


def query_plan(engine: Engine, statement: Statement) -> str:
    """How SQLite would carry a statement out."""
    connection = engine.raw_connection()
    try:
        rows = connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement.words}", statement.parameters).fetchall()
    finally:
        connection.close()
    return "; ".join(row[3] for row in rows)


def instructions(engine: Engine, statement: Statement) -> int:
    """How many instructions SQLite's virtual machine takes for a statement, to the hundred; takes it back."""
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    counted: list[int] = [0]

    def count() -> int:
        counted[0] += STEP
        return 0

    try:
        driver.execute("BEGIN")
        driver.set_progress_handler(count, STEP)
        driver.execute(statement.words, statement.parameters).fetchall()
    finally:
        driver.set_progress_handler(None, 0)
        driver.execute("ROLLBACK")
        connection.close()
    return counted[0]
