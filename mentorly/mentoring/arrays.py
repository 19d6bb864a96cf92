"""Many values in one parameter of a statement, whose text is the same then however many there are.

A driver reads the text of a statement once and a database plans it once; with a parameter for each value both would
begin anew for each batch.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class _Numbers(TypeDecorator[Any]):
    """A list of whole numbers: an array, or JSON where the database has no arrays."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _Texts(TypeDecorator[Any]):
    """Some texts: an array, or JSON where the database has no arrays."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class _is_among(FunctionElement[bool]):  # noqa: N801 - it stands in SQL, where functions are lower case
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stand as it is in a condition: SQLite finds nothing by an index in what is compared with 1."""
        del against
        return self


@compiles(_is_among)
def _is_among_array(element: _is_among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY({numbers}))"


@compiles(_is_among, "sqlite")
def _is_among_json(element: _is_among, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({numbers})))"  # noqa: S608 - both are compiled clauses


class _text_for(FunctionElement[str]):  # noqa: N801 - it stands in SQL, where functions are lower case
    type = String()
    inherit_cache = True


@compiles(_text_for)
def _text_for_array(element: _text_for, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({texts})[array_position({numbers}, CAST({column} AS bigint))]"


@compiles(_text_for, "sqlite")
def _text_for_json(element: _text_for, compiler: SQLCompiler, **options: Any) -> str:
    column, numbers, texts = (compiler.process(clause, **options) for clause in element.clauses)
    place = f"(SELECT key FROM json_each({numbers}) WHERE value = {column})"  # noqa: S608 - all are compiled clauses
    return f"json_extract({texts}, '$[' || {place} || ']')"


def is_among(column: Any, numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a column holds one of these numbers."""
    return _is_among(column, bindparam(None, numbers, type_=_Numbers()))


def text_for(column: Any, texts: Mapping[int, str]) -> ColumnElement[str]:
    """The text for the number that a column holds."""
    numbers = bindparam(None, list(texts), type_=_Numbers())
    return _text_for(column, numbers, bindparam(None, list(texts.values()), type_=_Texts()))
