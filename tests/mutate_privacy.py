"""Whether the tests would notice: `python -m tests.mutate_privacy` breaks privacy.py in every small way, one at a time.

Each cell of MAY_SEE is turned round, each condition is held to be true and to be false, each part of an "and" or "or"
is left out. The tests in GUARDS run over each mutant; those that no test notices are named and counted.
"""

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

import flask
import pytest
import sqlalchemy.orm

NAME = "mentorly.mentoring.privacy"
PATH = Path(__file__).parents[1] / "mentorly" / "mentoring" / "privacy.py"
GUARDS: tuple[tuple[str, ...], ...] = (
    ("tests/mentoring/test_privacy.py",),
    ("tests/mentoring/test_counts.py", "tests/mentoring/test_reports.py", "tests/doors/test_home.py"),
)
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not postgresql")
LOADED = (flask, sqlalchemy.orm)  # once for all: what takes longest to import

Mutant = tuple[str, str]


class _Loader(SourceFileLoader):
    def __init__(self, source: str) -> None:
        super().__init__(NAME, str(PATH))
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        """Compile the mutant, whatever is in the cache."""
        del fullname
        return compile(self.source, str(PATH), "exec")


class _Finder(MetaPathFinder):
    def __init__(self, source: str) -> None:
        self.source = source

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the mutant in the place of the module."""
        return spec_from_file_location(NAME, PATH, loader=_Loader(self.source)) if name == NAME else None


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant: what is broken, and its source."""
    tree = ast.parse(source)
    yield from _cells(tree, source)
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    for function in functions:
        number = len(list(_conditions(function)))
        for place in range(number):
            for name, change in (("true", True), ("false", False)):
                yield _mutant(tree, function.name, place, f"is {name}", ast.Constant(change))
        for place, operation in enumerate(_operations(function)):
            for part, value in enumerate(operation.values):
                yield _without(tree, function.name, place, part, ast.unparse(value))


def _cells(tree: ast.Module, source: str) -> Iterator[Mutant]:
    hats, kinds = (_names(tree, name) for name in ("Hat", "What"))
    end = next(one.end_lineno for one in tree.body if isinstance(one, ast.AnnAssign)) or 0
    lines = source.splitlines()
    for hat in hats:
        for kind in kinds:
            turned = f"MAY_SEE[Hat.{hat}] ^= {{What.{kind}}}"
            yield turned, "\n".join([*lines[:end], turned, *lines[end:]])


def _names(tree: ast.Module, enumeration: str) -> list[str]:
    found = next(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == enumeration)
    return [ast.unparse(one.targets[0]) for one in found.body if isinstance(one, ast.Assign)]


def _conditions(function: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where there is a condition: its parent, the field, and the place in a list."""
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.IfExp):
            yield node, "test", None
        elif isinstance(node, ast.comprehension):
            yield from ((node, "ifs", place) for place in range(len(node.ifs)))
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare):
            yield node, "value", None
        elif isinstance(node, ast.GeneratorExp) and isinstance(node.elt, ast.BoolOp | ast.Compare):
            yield node, "elt", None


def _operations(function: ast.AST) -> list[ast.BoolOp]:
    return [node for node in ast.walk(function) if isinstance(node, ast.BoolOp)]


def _function(tree: ast.Module, name: str) -> tuple[ast.Module, ast.FunctionDef]:
    copy = deepcopy(tree)
    return copy, next(one for one in copy.body if isinstance(one, ast.FunctionDef) and one.name == name)


def _mutant(tree: ast.Module, name: str, place: int, said: str, value: ast.expr) -> Mutant:
    copy, function = _function(tree, name)
    parent, field, index = list(_conditions(function))[place]
    before = getattr(parent, field)
    condition = before if index is None else before[index]
    if index is None:
        setattr(parent, field, value)
    else:
        before[index] = value
    return f"{name}: {ast.unparse(condition)} {said}", ast.unparse(ast.fix_missing_locations(copy))


def _without(tree: ast.Module, name: str, place: int, part: int, said: str) -> Mutant:
    copy, function = _function(tree, name)
    del _operations(function)[place].values[part]
    return f"{name}: without {said}", ast.unparse(copy)


def lives(source: str) -> bool:
    """Whether no guarding test notices a mutant."""
    return all(_passes(source, guard) for guard in GUARDS)


def _passes(source: str, guard: Sequence[str]) -> bool:
    """Run tests in a process of their own, which has imported nothing of ours before."""
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        sys.meta_path.insert(0, _Finder(source))
        os._exit(int(pytest.main([*OPTIONS, *guard])))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main() -> int:
    """Break it, and say what nobody noticed."""
    source = PATH.read_text("utf-8")
    if not lives(source):
        sys.exit("The tests fail before anything is broken.")
    number, living = 0, []
    for said, mutant in mutants(source):
        number += 1
        if lives(mutant):
            living.append(said)
            sys.stdout.write(f"lives: {said}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{number} mutants, {number - len(living)} noticed, {len(living)} live\n")
    return len(living)


if __name__ == "__main__":
    sys.exit(main())
