"""What a person is called of whom nothing is known any more, in the language of who reads it (rules C12)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOBODY = {"en": "a former participant", "fr": "une ancienne personne participante"}

_read_in: ContextVar[Callable[[], str]] = ContextVar("read_in", default=lambda: "en")


def name_of_nobody() -> str:
    """What somebody is called whose name was erased, for who reads it now."""
    return NOBODY[_read_in.get()()]


def read_in(language: Callable[[], str]) -> None:
    """Let names be read in a language from now on. language: asked when a name is needed."""
    _read_in.set(language)


@contextmanager
def reading_in(language: str) -> Iterator[None]:
    """Let names be read in a language for a while."""
    before = _read_in.set(lambda: language)
    try:
        yield
    finally:
        _read_in.reset(before)
