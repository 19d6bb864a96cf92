"""The surveyor of the house: reads the code of a package without running it and tells where it breaks a rule.

Every guard takes a survey and returns one sentence for each breach, so that a test can show it a bad house.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

GROUND, PROGRAM, POST, CUPBOARD, DOORS, ROOF = range(6)

# What stands on which floor. What is not named here stands nowhere, and nothing may import it.
FLOORS: Mapping[str, int] = {
    "clock": GROUND,
    "timing": GROUND,
    "calendars": GROUND,
    "papers": GROUND,
    "config": GROUND,
    "tokens": GROUND,
    "instruments": GROUND,
    "mentoring": PROGRAM,
    "emails": POST,
    "extensions": CUPBOARD,
    "blueprints": DOORS,
    "jobs": DOORS,
    "cli": DOORS,
    "migrations": DOORS,
    "app": ROOF,
}

# Arrows that would not go down, each with its reason.
EXEMPT: Mapping[tuple[str, str], str] = {
    ("cli", "app"): "the terminal's commands work inside the application",
    ("cli", "jobs"): "the terminal starts the background doors: up, web, work, schedule, postbox, round, receive",
}

# Functions whose names a library chose.
CALLED_BY_LIBRARIES = re.compile(
    r"handle_([A-Z]+|exception|death_penalty|job_failure)|process_(bind_param|literal_param|result_value)"
)

FORBIDDEN_WORDS = {"util", "utils", "helper", "helpers", "manager", "service", "services"}
FORBIDDEN_BEGINNINGS = ("handle_", "process_")

READS_THE_CLOCK = {"now", "utcnow", "today"}
TIME_FUNCTIONS = {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime"}


@dataclass(frozen=True)
class Import:
    """One imported name: by which module, on which line, and which module or package it comes from."""

    module: str
    line: int
    target: str

    @property
    def where(self) -> str:
        return f"{self.module}:{self.line}"


@dataclass(frozen=True)
class Survey:
    """The modules of a package, read. folder: the package's own, whose name is the package's."""

    folder: Path

    @property
    def package(self) -> str:
        return self.folder.name

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Every module's code by its dotted name."""
        return {self._name(path): ast.parse(path.read_text("utf-8"), str(path)) for path in self.folder.rglob("*.py")}

    @cached_property
    def imports(self) -> list[Import]:
        """Every import anywhere in the code: in functions, for types, and by name through importlib."""
        return [found for module, tree in self.trees.items() for found in self._imports(module, tree)]

    @cached_property
    def inner(self) -> list[Import]:
        """The imports from the package itself."""
        return [found for found in self.imports if found.target.partition(".")[0] == self.package]

    @cached_property
    def outer(self) -> list[Import]:
        """The imports from other people's packages."""
        return [
            found
            for found in self.imports
            if found.target.partition(".")[0] not in {self.package, "__future__", *sys.stdlib_module_names}
        ]

    def below(self, *rooms: str) -> Iterator[tuple[str, ast.AST]]:
        """Every node of the code of some rooms, with the name of its module."""
        for module, tree in self.trees.items():
            if any(_within(self.room(module), room) for room in rooms):
                yield from ((module, node) for node in ast.walk(tree))

    def room(self, module: str) -> str:
        """A module's name without the package's: "emails.wording"; empty for the package itself."""
        return module.partition(".")[2]

    def _name(self, path: Path) -> str:
        parts = path.relative_to(self.folder).with_suffix("").parts
        return ".".join((self.package, *(parts[:-1] if parts[-1] == "__init__" else parts)))

    def _imports(self, module: str, tree: ast.Module) -> Iterator[Import]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(module, node.lineno, name.name) for name in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._source(module, node)
                yield from (Import(module, node.lineno, self._part(source, name.name)) for name in node.names)
            elif isinstance(node, ast.Call) and (name := _imported_by_name(node)):
                yield Import(module, node.lineno, name)

    def _source(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".") if self._is_package(module) else module.split(".")[:-1]
        return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])

    def _part(self, source: str, name: str) -> str:
        """Of our own package only modules and folders count; of another's, names too, for there nobody looks."""
        whole = f"{source}.{name}"
        if not _within(source, self.package):
            return whole
        return whole if whole in self.trees or self._path(whole).is_dir() else source

    def _is_package(self, module: str) -> bool:
        return (self._path(module) / "__init__.py").is_file()

    def _path(self, module: str) -> Path:
        return self.folder.joinpath(*module.split(".")[1:])


def climbing_arrows(survey: Survey) -> list[str]:
    """Rule 1: imports go down, and the doors do not know each other."""
    found = []
    for arrow in survey.inner:
        start, end = (_top(survey.room(name)) for name in (arrow.module, arrow.target))
        if not start or start == end or (start, end) in EXEMPT:
            continue
        if not end:
            found.append(f"{arrow.where} imports from the package's own __init__, which holds nothing")
        elif end not in FLOORS or start not in FLOORS:
            found.append(f"{arrow.where} imports {arrow.target}: one of the two stands on no floor")
        elif FLOORS[end] > FLOORS[start] or FLOORS[end] == FLOORS[start] == DOORS:
            found.append(f"{arrow.where} imports {arrow.target}, which does not lie below it")
    return found


def circles(survey: Survey) -> list[str]:
    """There is no circle at any scale: not between modules, and not between the parts of any folder."""
    packages = {".".join(parts[:depth]) for parts in map(_parts, survey.trees) for depth in range(1, len(parts))}
    drawn = (_circle(_arrows_within(survey, package)) for package in sorted(packages))
    return [" imports ".join(circle) for circle in drawn if circle]


def _arrows_within(survey: Survey, package: str) -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = {}
    for arrow in survey.inner:
        start, end = _child(package, arrow.module), _child(package, arrow.target)
        if start and end and start != end:
            arrows.setdefault(start, set()).add(end)
    return arrows


def _child(package: str, module: str) -> str:
    if module == package:
        return f"{package}.__init__"
    if not _within(module, package):
        return ""
    return f"{package}.{module[len(package) + 1 :].partition('.')[0]}"


def _circle(arrows: Mapping[str, Iterable[str]]) -> list[str]:
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def packages_out_of_their_rooms(survey: Survey, rooms: Mapping[str, Iterable[str]]) -> list[str]:
    """An outside package is used in its own rooms alone. rooms: room prefixes by the package's import name."""
    found = []
    for item in survey.outer:
        package = item.target.partition(".")[0]
        if package not in rooms:
            found.append(f"{item.where} imports {package}, which has no room in the house yet")
        elif not any(_within(survey.room(item.module), room) for room in rooms[package]):
            found.append(f"{item.where} imports {package}, whose room is {' and '.join(rooms[package])}")
    return found


def forbidden_imports(survey: Survey, room: str, packages: Iterable[str]) -> list[str]:
    """A room is free of some packages, the standard library's included."""
    return [
        f"{item.where} imports {item.target}"
        for item in survey.imports
        if _within(survey.room(item.module), room) and any(_within(item.target, package) for package in packages)
    ]


def readings_of_the_clock(survey: Survey, *rooms: str) -> list[str]:
    """Rule 2: what the time is comes in as `now`."""
    return [
        f"{module}:{node.lineno} reads the clock"
        for module, node in survey.below(*rooms)
        if isinstance(node, ast.Call) and _reads_the_clock(node)
    ]


def _reads_the_clock(call: ast.Call) -> bool:
    name = _called(call)
    if isinstance(call.func, ast.Name):
        return False
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return name in READS_THE_CLOCK or (isinstance(owner, ast.Name) and owner.id == "time" and name in TIME_FUNCTIONS)


def commits(survey: Survey, *rooms: str, but: Collection[str] = ()) -> list[str]:
    """Rule 2: doors commit. but: rooms that may."""
    return [
        f"{module}:{node.lineno} commits"
        for module, node in survey.below(*rooms)
        if isinstance(node, ast.Call) and _called(node) == "commit" and survey.room(module) not in but
    ]


def empty_names(survey: Survey) -> list[str]:
    """Names that say nothing: of modules, classes and functions."""
    found = [
        f"the module {name} has a name that says nothing"
        for name in survey.trees
        if FORBIDDEN_WORDS & set(re.split(r"[._]", name))
    ]
    for module, node in survey.below(""):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _says_nothing(node.name):
            found.append(f"{module}:{node.lineno} {node.name} has a name that says nothing")
    return found


def _says_nothing(name: str) -> bool:
    if CALLED_BY_LIBRARIES.fullmatch(name):
        return False
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    return bool(words & FORBIDDEN_WORDS) or name.lstrip("_").startswith(FORBIDDEN_BEGINNINGS)


def undocumented(names: Iterable[str], page: str) -> list[str]:
    """Names that no row of a page's tables holds in its first cell, as code."""
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("|")]
    told = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    return [name for name in names if name not in told]


def unknown_settings(names: Collection[str], page: str) -> list[str]:
    """Settings that a page tells of and that do not exist."""
    known = set(names)
    return sorted(
        {name for name in re.findall(r"`(MENTORLY_[A-Z_]+)`", page) if name.removesuffix("_FILE") not in known}
    )


def routes_told_nowhere(rules: Iterable[str], pages: str) -> list[str]:
    """Routes that the pages do not name, whatever a place in them is called: `/a/<token>` tells of `/a/<string:t>`."""
    told = {_nameless(route) for route in re.findall(r"`(?:[A-Z]+ )?(/[^`\s?]*)`", pages)}
    return [rule for rule in rules if _nameless(rule) not in told]


def _nameless(rule: str) -> str:
    return re.sub(r"<[^>]*>", "<>", rule).rstrip("/")


def _imported_by_name(node: ast.Call) -> str:
    if _called(node) not in {"import_module", "__import__"} or not node.args:
        return ""
    return str(node.args[0].value) if isinstance(node.args[0], ast.Constant) else ""


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _parts(name: str) -> list[str]:
    return name.split(".")


def _top(room: str) -> str:
    return room.partition(".")[0]


def _within(name: str, part: str) -> bool:
    return not part or name == part or name.startswith(part + ".")
