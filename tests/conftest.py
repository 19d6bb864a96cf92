"""What every test may ask for: both databases, real servers, a browser, real messages and their judges."""

import gc
import os
import pkgutil
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.apps import Apps, laid
from tests.servers import STAYS, PostgreSQL, SmtpSink, Valkey

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DATABASES = ("sqlite", "postgresql")

# So many compiled statements are kept for a database: a round alone has four hundred, and every file has others.
STATEMENTS = 4000

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")

# The last ones keep a browser that is started in a closed network from calling home.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What waits for servers, browsers and other processes goes first, so that short tests fill both cores at the end, and
# so that one worker has all of it: the demo program and a browser take seconds to start.
LONG = (
    "tests/browser/",
    "tests/stories/",
    "tests/test_readme.py",
    "tests/test_migrations.py",
    "tests/doors/test_parent.py",
)

OUTSIDE = {
    "MAIL_CORPUS": "the corpus tests use the project's own fixtures",
    "MAIL_JUDGES": "the project's own checks judge alone",
}

hypothesis.settings.register_profile("suite", max_examples=60, derandomize=False, print_blob=True, deadline=None)
hypothesis.settings.register_profile("judge", hypothesis.settings.get_profile("suite"), max_examples=5000)
hypothesis.settings.load_profile("suite")


def skip(what: str, remedy: str) -> NoReturn:
    """Skip the test with a sentence: what is missing, and what to do about it. `pytest -rs` prints it."""
    pytest.skip(f"{what}: {remedy}")


def outside(name: str) -> Path | None:
    """Return the folder that MAIL_CORPUS or MAIL_JUDGES names; None if it is unset or no folder."""
    folder = os.environ.get(name)
    return Path(folder).resolve() if folder and Path(folder).is_dir() else None


def pytest_report_header() -> list[str]:
    """Say which real messages and judges this run has."""
    return [f"{name}: {_whereabouts(name, otherwise)}" for name, otherwise in OUTSIDE.items()]


def _whereabouts(name: str, otherwise: str) -> str:
    if folder := outside(name):
        return f"found at {folder}"
    given = os.environ.get(name)
    return f"{given} is not a folder: {otherwise}" if given else f"unset: {otherwise}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long tests first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    """Let what is loaded stay: the program and all tests need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def mail_corpus() -> Path | None:
    """The folder of real messages; None where there is none and the project's own fixtures must do."""
    return outside("MAIL_CORPUS")


@pytest.fixture(scope="session")
def mail_judges() -> Path | None:
    """The folder of the independent judges, check_mail and check_ics; None where there is none."""
    return outside("MAIL_JUDGES")


@pytest.fixture
def now() -> datetime:
    """A Monday in March, ten in the morning in New York and four in the afternoon in Paris."""
    return datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """This worker's PostgreSQL server."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def _valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def valkey(_valkey: Valkey) -> Valkey:
    """A real Redis with nothing in it, running."""
    _valkey.stop()
    return _valkey.start()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server that keeps what it gets in `letters` and answers what it is told to."""
    with SmtpSink() as sink:
        yield sink


def lay_tables(url: str) -> None:
    """Create the tables of all models of the program and of its mails."""
    for floor in ("mentorly.mentoring", "mentorly.emails"):
        for room in pkgutil.iter_modules(import_module(floor).__path__, floor + "."):
            import_module(room.name)
    base = import_module("mentorly.mentoring.base")
    engine = base.prepare(create_engine(url))
    base.Base.metadata.create_all(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "tables.sqlite"
    lay_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgresql_with_tables(postgresql: PostgreSQL) -> str:
    url = postgresql.create_database("tables")
    lay_tables(url)
    return url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy address of a database with all tables and no rows, on each of the databases in turn.

    It is the same address for all tests of a worker.
    """
    if request.param == "sqlite":
        tables: Path = request.getfixturevalue("_sqlite_with_tables")
        return f"sqlite:///{laid(tables, tables.with_name('mentorly.sqlite'))}"
    url: str = request.getfixturevalue("_postgresql_with_tables")
    request.getfixturevalue("postgresql").empty("tables")
    return url


@pytest.fixture(params=DATABASES)
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The SQLAlchemy address of a database without tables, on each of the databases in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = f"blank_{uuid4().hex}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture(scope="session")
def _engines() -> Iterator[dict[str, Engine]]:
    engines: dict[str, Engine] = {}
    yield engines
    for engine in engines.values():
        engine.dispose()


@pytest.fixture
def engine(database_url: str, _engines: dict[str, Engine]) -> Iterator[Engine]:
    """An engine, prepared as the service prepares its own, of a database with all tables and no rows.

    Tests share what it has compiled and one connection to PostgreSQL, as it was when it was new, but no listeners.
    """
    if database_url not in _engines:
        _engines[database_url] = import_module("mentorly.mentoring.base").prepare(_patient(database_url))
    engine = _engines[database_url]
    if engine.dialect.name == "postgresql":
        _as_new(engine)
    yield engine.execution_options()
    if engine.dialect.name == "sqlite":
        engine.dispose()


def _patient(url: str) -> Engine:
    if url.startswith("sqlite"):
        return create_engine(url, query_cache_size=STATEMENTS)
    return create_engine(
        url, query_cache_size=STATEMENTS, pool_size=1, max_overflow=14, connect_args={"application_name": STAYS}
    )


def _as_new(engine: Engine) -> None:
    """Undo what a test set in the connection that is kept; where a test broke it, the next one is new."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("RESET ALL; SET TIME ZONE 'UTC'")
            connection.commit()
    except OperationalError:
        engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session; what it did not commit is rolled back at the end."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def apps(_sqlite_with_tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Apps:
    """The applications of this worker."""
    return Apps(tmp_path_factory.mktemp("instances"), _sqlite_with_tables)


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> Iterator[Any]:
    """The hasher of the service, whose place a cheap one takes: a tenth of a second is more than most tests."""
    passwords = import_module("mentorly.mentoring.passwords")
    own = passwords._hasher
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", type(own)(time_cost=1, memory_cost=8, parallelism=1))
        yield own


@dataclass
class Queries:
    """The statements that an engine executed, in their order, without their values."""

    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def _counting(engine: Engine) -> Iterator[Queries]:
    queries = Queries()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        queries.statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def count_queries() -> Callable[[Engine], AbstractContextManager[Queries]]:
    """`with count_queries(engine) as queries: …`, then `len(queries)`; it counts on every thread of the engine."""
    return _counting


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium of this machine."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        skip("no Chromium was found", "install Debian's chromium package, or set CHROMIUM to the path of one")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> "Iterator[Browser]":
    """A browser for the tests of one file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """An empty page of a browser that knows nobody: no cookies, no history."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
