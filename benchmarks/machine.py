"""The machine that a run was made on: what speaks for the figures, and nothing that names it."""

import os
import platform
import sqlite3
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.servers import DidNotStart, postgresql_install

PACKAGES = ("sqlalchemy", "psycopg", "jinja2", "rq", "flask-mail")


def description() -> dict[str, str | int]:
    """Cores, memory, processor, and the versions of what takes part; no name of a host and no path."""
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "memory GB": round(_memory() / 1e9),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": _postgresql(),
        **{package: _version(package) for package in PACKAGES},
    }


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _processor() -> str:
    """What the processor calls itself; a virtual one may say less."""
    information = Path("/proc/cpuinfo")
    if not information.exists():
        return platform.processor() or platform.machine()
    pairs = (line.split(":", 1) for line in information.read_text("utf-8").splitlines() if ":" in line)
    told = {name.strip(): value.strip() for name, value in pairs}
    model = f"family {told.get('cpu family', '?')}, model {told.get('model', '?')}"
    return f"{told.get('model name', platform.machine())} ({model})"


def _postgresql() -> str:
    try:
        command = [str(postgresql_install() / "bin" / "postgres"), "--version"]
    except DidNotStart:
        return "none"
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rpartition(" ")[2].strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
