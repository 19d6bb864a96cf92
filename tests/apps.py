"""Applications for the tests: each is made once for a worker, because that costs more than most tests do."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from flask import Flask

from mentorly.app import create_app, set_logs
from mentorly.config import Settings
from mentorly.extensions import House, db, limiter


@dataclass
class Apps:
    """Applications by what the environment told them.

    folder: of their instance folders. tables: a SQLite file with all tables and no rows, which each begins with where
    the environment names no database.
    """

    folder: Path
    tables: Path
    made: dict[tuple[tuple[str, str], ...], Flask] = field(default_factory=dict)

    @contextmanager
    def given(self, **environ: str) -> Iterator[Flask]:
        """Give one for a test; what a test changes in its configuration is undone."""
        told = tuple(sorted(environ.items()))
        instance = self.folder / str(list(self.made).index(told) if told in self.made else len(self.made))
        if told not in self.made:
            self.made[told] = create_app(Settings.load({"MENTORLY_INSTANCE": str(instance)} | environ))
        app = self.made[told]
        if "MENTORLY_DATABASE_URL" not in environ:
            laid(self.tables, instance / "mentorly.sqlite")
        config, extensions = dict(app.config), dict(app.extensions)
        _bind_again(app)
        yield app
        app.config.update(config)
        app.extensions.update(extensions)
        structlog.reset_defaults()  # where this one's log went may be closed by now
        with app.app_context():
            db.engine.dispose()


def laid(tables: Path, path: Path) -> Path:
    """Put a copy of a SQLite file in the place of another, which whoever still has it open does not see."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    shutil.copyfile(tables, path)
    return path


def _bind_again(app: Flask) -> None:
    """What a process has once is this application's: where its log goes, and the count of who asked how often."""
    house: House = app.extensions["mentorly"]
    set_logs(house.settings.log_format)
    limiter.init_app(app)
