"""How much a database keeps: its tables and their indexes."""

from benchmarks.databases import engine_of
from benchmarks.measures import Report
from benchmarks.world import World

PART = "sizes"
MEGABYTE = 1_000_000
SHOWN = 0.5


def run(world: World, report: Report) -> None:
    """Tell the sizes at the most old envelopes; tables below half a megabyte are in the sum alone."""
    largest = max(world.sizes)
    for place in world.places:
        with engine_of(world.urls[place.name, largest]) as engine:
            sizes = place.sizes(engine)
        about = f"{place.name}, {largest:,} old envelopes"
        whole = sum(sum(parts.values()) for parts in sizes.values())
        report.add(PART, "all tables and indexes", "MB", [whole / MEGABYTE], about)
        for table, parts in sorted(sizes.items(), key=lambda item: -sum(item[1].values())):
            rows, indexes = parts.pop("rows", 0), sum(parts.values())
            if rows + indexes > SHOWN * MEGABYTE:
                report.add(PART, f"{table}: rows", "MB", [rows / MEGABYTE], about)
                report.add(PART, f"{table}: indexes", "MB", [indexes / MEGABYTE], about)
