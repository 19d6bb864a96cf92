"""Gathering: what is asked by several at the same time is answered by one call."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")


@dataclass(frozen=True)
class _Waiting(Generic[Asked, Told]):
    asked: Asked
    answer: "asyncio.Future[Told]"


class Gathering(Generic[Asked, Told]):
    """Asks one at a time, in a thread of its own; whoever asks meanwhile is answered by the next call, together.

    answer: is given what was asked, and returns as many answers in the same order; it does not raise. weigh: how heavy
    a thing asked is. A call gets at most `most` of them, and no more than `heaviest` in all, but at least one.
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Asked]], Sequence[Told]],
        weigh: Callable[[Asked], int] = lambda _asked: 0,
        most: int = 100,
        heaviest: int = 16 * 1024 * 1024,
    ) -> None:
        self._answer = answer
        self._weigh = weigh
        self._most = most
        self._heaviest = heaviest
        self._waiting: list[_Waiting[Asked, Told]] = []
        self._asking: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def ask(self, asked: Asked) -> Told:
        """Ask one thing, and wait for its answer."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting[Asked, Told](asked, loop.create_future())
        self._waiting.append(waiting)
        if self._asking is None:
            self._asking = loop.create_task(self._ask_all())
        return await waiting.answer

    async def idle(self) -> None:
        """Wait until everybody who asked has been answered."""
        while self._asking is not None:
            await asyncio.shield(self._asking)

    async def _ask_all(self) -> None:
        while group := self._next():
            asked = [waiting.asked for waiting in group]
            answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, asked)
            for waiting, answer in zip(group, answers, strict=True):
                if not waiting.answer.done():  # who asked may be gone
                    waiting.answer.set_result(answer)
        self._asking = None

    def _next(self) -> list[_Waiting[Asked, Told]]:
        number = weight = 0
        for waiting in self._waiting[: self._most]:
            weight += self._weigh(waiting.asked)
            if number and weight > self._heaviest:
                break
            number += 1
        group, self._waiting = self._waiting[:number], self._waiting[number:]
        return group
