"""How much a database keeps: its tables and their indexes."""

from benchmarks.databases import engine_of
from benchmarks.measures import Report
from benchmarks.world import World

PART = "sizes"
MEGABYTE = 1_000_000
SHOWN = 0.05


def run(world: World, report: Report) -> None:
    """Tell the sizes at the most old envelopes."""
    largest = max(world.sizes)
    for place in world.places:
        with engine_of(world.urls[place.name, largest]) as engine:
            sizes = place.sizes(engine)
        about = f"{place.name}, {largest:,} old envelopes"
        for table, parts in sorted(sizes.items(), key=lambda item: -sum(item[1].values())):
            rows, indexes = parts.pop("rows", 0), sum(parts.values())
            if rows + indexes > SHOWN * MEGABYTE:
                report.add(PART, f"{table}: rows", "MB", [rows / MEGABYTE], about)
                report.add(PART, f"{table}: {len(parts)} indexes", "MB", [indexes / MEGABYTE], about)
