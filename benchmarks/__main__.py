"""The bench: `python -m benchmarks`, some ten minutes; `--quick`, about a minute; `--only PART`."""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rich.console import Console

from benchmarks import (
    asking,
    collecting,
    figures,
    inbound,
    machine,
    mail,
    pages,
    quiet,
    results,
    sending,
    sizes,
    upkeep,
)
from benchmarks.databases import Place, places
from benchmarks.measures import Report
from benchmarks.seeds import Scale
from benchmarks.sink import TOOLS, Missing, Sink, sink, tool
from benchmarks.world import SIZES, World

ROOT = Path(__file__).parents[1]
KEPT, QUICK = ROOT / "benchmarks" / "results", ROOT / "build" / "bench"
MISSING = 2
PAPER = 150


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    scale: Scale = field(default_factory=Scale)
    sizes: tuple[int, ...] = SIZES
    rounds: int = 9
    warm_up: int = quiet.WARM_UP
    newly_due: int = 50_000
    collections: int = 3
    mails: int = 400
    shrinks: tuple[int, ...] = (200, 2)
    race: sending.Numbers = field(default_factory=sending.Numbers)
    postboxes: inbound.Numbers = field(default_factory=inbound.Numbers)
    asked: asking.Numbers = field(default_factory=asking.Numbers)
    counted: figures.Numbers = field(default_factory=figures.Numbers)


SMALL = Effort(
    scale=Scale().shrunk(20), sizes=(0, 2_000, 20_000), rounds=3, warm_up=2, newly_due=2_500, collections=1, mails=100,
    shrinks=(200, 100), race=sending.Numbers(ours=400, post_office=200, tutorial=100, limit=4_000, rounds=1),
    postboxes=inbound.Numbers(messages=600, rounds=1), asked=asking.Numbers(people=500, answers=100, rounds=1),
    counted=figures.Numbers(people=(1_000, 2_000), rounds=2),
)  # fmt: skip


@dataclass
class Bench:
    """One run: its parts by name, in the order in which they run."""

    effort: Effort
    stack: ExitStack
    report: Report = field(default_factory=Report)

    @property
    def parts(self) -> dict[str, Callable[[], None]]:
        """What each part does."""
        effort = self.effort
        return {
            sending.PART: lambda: sending.Race(self.report, self.places, self.sink, effort.race).run(),
            inbound.PART: lambda: inbound.Postboxes(self.report, self.places, effort.postboxes).run(),
            quiet.PART: lambda: quiet.Quiet(self.world, self.report, effort.rounds, effort.warm_up).run(),
            collecting.PART: lambda: collecting.run(self.world, self.report, effort.newly_due, effort.collections),
            asking.PART: lambda: asking.Asking(self.report, self.places, self.sink, effort.asked).run(),
            figures.PART: lambda: figures.Figures(self.report, self.places, effort.counted).run(),
            upkeep.PART: lambda: upkeep.Upkeep(self.world, self.report).run(),
            sizes.PART: lambda: sizes.run(self.world, self.report),
            pages.PART: lambda: pages.Pages(self.report, effort.shrinks, effort.rounds).run(self.places),
            mail.PART: lambda: mail.OneMail(self.report, self.sink, effort.mails, effort.rounds).run(self.places),
        }

    @cached_property
    def places(self) -> list[Place]:
        """Both makes of database."""
        return self.stack.enter_context(places())

    @cached_property
    def sink(self) -> Sink:
        """The mail server."""
        return self.stack.enter_context(sink())

    @cached_property
    def world(self) -> World:
        """The databases of years."""
        world = World(self.places, self.effort.scale, self.effort.sizes)
        world.build()
        return world


def main(words: list[str] | None = None) -> int:
    """Run the bench; returns 0 if everything is as expected, 1 if not, 2 if a tool is missing."""
    console = Console() if sys.stdout.isatty() else Console(width=PAPER)
    with ExitStack() as stack:
        known = Bench(SMALL, stack).parts
        asked = _asked(words, list(known))
        bench = Bench(SMALL if asked.quick else Effort(), stack)
        chosen = asked.only or list(known)
        try:
            if {sending.PART, inbound.PART, asking.PART, mail.PART} & set(chosen):
                for name in TOOLS:
                    tool(name)
        except Missing as missing:
            console.print(str(missing), style="bold red", soft_wrap=True)
            return MISSING
        for name in chosen:
            began = time.monotonic()
            bench.parts[name]()
            console.print(f"{name}: {time.monotonic() - began:.0f} seconds", style="dim")
    about = machine.description()
    results.show(bench.report, about, console)
    results.keep(bench.report, about, chosen, asked.into or (QUICK if asked.quick else KEPT))
    return results.verdict_of(bench.report.targets)


def _asked(words: list[str] | None, parts: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures what Mentorly costs.")
    parser.add_argument("--quick", action="store_true", help="a small run of everything, in about a minute")
    parser.add_argument(
        "--only", action="append", choices=parts, metavar="PART", help=f"one of {', '.join(parts)}; repeatable"
    )
    parser.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where the results go (default: benchmarks/results)"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
