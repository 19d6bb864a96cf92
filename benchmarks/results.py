"""What a run leaves: a table for people, lines of JSON for programs, the plans, and two charts."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import charts
from benchmarks.databases import POSTGRESQL, SQLITE
from benchmarks.measures import Figure, Report, Target, shown

LINES = "results.jsonl"
DATABASES = ("", POSTGRESQL, SQLITE)
SENDING, QUIET = "sending.svg", "quiet.svg"


def show(report: Report, machine: Mapping[str, object], console: Console) -> None:
    """Print the figures, the sentences and the verdicts."""
    console.print(", ".join(f"{name}: {value}" for name, value in machine.items()), soft_wrap=True)
    console.print(table_of(report.figures))
    for part, sentence in report.notes:
        console.print(f"{part}: {sentence}", soft_wrap=True)
    for target in report.targets:
        console.print(target.verdict, style="green" if target.is_met else "bold red", soft_wrap=True)


def table_of(figures: Iterable[Figure]) -> Table:
    """Lay the figures out: what was measured in rows, the databases in columns, medians with their spreads."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for figure in figures:
        database, _, size = figure.about.partition(", ")
        what = f"{figure.name}, {size}" if size else figure.name
        rows.setdefault((figure.part, what, figure.unit), {})[database] = cell_of(figure)
    table = Table("part", "what", "unit", *(name or "any database" for name in DATABASES))
    last = ""
    for (part, what, unit), cells in rows.items():
        if part != last:
            table.add_section()
        table.add_row(part if part != last else "", what, unit, *(cells.get(name, "") for name in DATABASES))
        last = part
    return table


def cell_of(figure: Figure) -> str:
    """The median; and the smallest and largest value where there are several."""
    low, high = figure.spread
    return shown(figure.median) + (f" ({shown(low)}–{shown(high)})" if len(figure.values) > 1 else "")


def keep(report: Report, machine: Mapping[str, object], parts: Iterable[str], folder: Path) -> None:
    """Write the results into a folder; what it holds of other parts stays."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in report.papers.items():
        (folder / name).write_text(words, "utf-8")
    path = folder / LINES
    earlier = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    kept = [line for line in earlier if "part" in line and line["part"] not in set(parts)]
    own = [figure.line for figure in report.figures] + [target.line for target in report.targets]
    own += [{"part": part, "note": sentence} for part, sentence in report.notes]
    everything: list[dict[str, Any]] = [
        {"machine": dict(machine)},
        *sorted(kept + own, key=lambda line: str(line["part"])),
    ]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in everything), "utf-8")
    draw(everything, folder)


def draw(everything: Iterable[Mapping[str, Any]], folder: Path) -> None:
    """Draw the charts of which there are figures."""
    figures = [line for line in everything if "median" in line]
    sending = [line for line in figures if line["part"] == "sending" and line["unit"] == "mails/s"]
    if sending:
        rows = [charts.Bar(_label(line), line["median"], line["name"].startswith("Mentorly")) for line in sending]
        rows.sort(key=lambda bar: -bar.value)
        (folder / SENDING).write_text(charts.bars("Mails a second", "due row to accepted by smtp-sink", rows), "utf-8")
    quiet = [line for line in figures if line["part"] == "quiet" and line["name"] == "the whole round"]
    if quiet:
        (folder / QUIET).write_text(_quiet(quiet), "utf-8")


def _label(line: Mapping[str, Any]) -> str:
    return f"{line['name']}, {line['about']}" if line["about"] else str(line["name"])


def _quiet(figures: Iterable[Mapping[str, Any]]) -> str:
    points: dict[str, dict[int, float]] = {}
    for line in figures:
        name, _, size = line["about"].partition(", ")
        points.setdefault(name, {})[int(size.split()[0].replace(",", ""))] = line["median"]
    rows = [charts.Line(name, sorted(own.items())) for name, own in points.items()]
    names = [_short(round(size)) for size, _ in rows[0].points]
    return charts.lines("A round in which nothing is due, ms", "by the number of old envelopes", rows, names)


def _short(size: int) -> str:
    for unit, letter in ((1_000_000, " M"), (1_000, " k")):
        if size >= unit:
            return f"{size // unit}{letter}"
    return str(size)


def verdict_of(targets: Iterable[Target]) -> int:
    """The exit code: 0 if everything is as expected, else 1."""
    return 0 if all(target.is_met for target in targets) else 1
