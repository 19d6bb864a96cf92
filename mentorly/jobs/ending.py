"""Ending: a process that was told to end finishes the mail in hand, within four seconds."""

import time
from collections.abc import Callable

LAST_SECONDS = 4.0


class Ending:
    """Whether this process was told to end, and how long it still has. seconds: a clock that never jumps."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def tell(self) -> None:
        """Tell it; a signal handler may call this, and a second call changes nothing."""
        if self._until is None:
            self._until = self._seconds() + LAST_SECONDS

    @property
    def is_told(self) -> bool:
        """Whether it was told."""
        return self._until is not None

    def seconds_left(self) -> float | None:
        """What is left of the four seconds, at least 0; None while it was not told."""
        return None if self._until is None else max(0.0, self._until - self._seconds())


ENDING = Ending()
"""This process's own."""
