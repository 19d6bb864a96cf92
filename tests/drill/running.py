"""A drill as it runs: people come, parts break and are mended, and the mails are awaited."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path

from tests.drill.arrivals import Box
from tests.drill.importing import Importing
from tests.drill.parts import MailServer
from tests.drill.premises import Premises, premises
from tests.drill.script import SHORT, Break, Mail, Script
from tests.drill.theft import Theft
from tests.drill.verdict import Fault, Verdict, judge

TICK = 0.02
LOOK = 0.5

# Mails are arriving while the folder of what arrived changed so many seconds ago.
FLOWING = 0.1

# How long mails are awaited after all is mended: two rounds; where mails were put off, a first wait more.
SHORT_PATIENCE, LONG_PATIENCE = 130.0, 240.0

# How long after the last expected mail a copy of it could still come.
AFTERMATH = 3.0


@dataclass(frozen=True)
class Outcome:
    """What a drill came to. seconds: how long each phase took. ends: how often each command ended by itself."""

    script: Script
    verdict: Verdict
    faults: list[Fault]
    seconds: dict[str, float]
    mail_server: str
    imports: Importing
    ends: dict[str, int]
    tracebacks: dict[str, int]


@dataclass
class _Broken:
    """A part that is broken now."""

    plan: Break
    began: float
    is_mended: bool = False


@dataclass
class Drill:
    """What happens on the premises. It forks, and what it forks hangs on its thread: run it in the main thread."""

    script: Script
    on: Premises
    importing: Importing
    theft: Theft | None = None
    faults: list[Fault] = field(default_factory=list)
    _broken: dict[str, _Broken] = field(default_factory=dict)

    def play(self) -> None:
        """Let people come and parts break until the time is over and all are mended and have come."""
        began = time.monotonic()
        breaks = deque(self.script.breaks)
        while True:
            second = time.monotonic() - began
            self.importing.step(second)
            if breaks and self._strikes(breaks[0], second):
                self._strike(breaks.popleft())
            self._mend()
            self.on.watch()
            if self.theft:
                self.theft.step(second, self.on.database)
            if second > self.script.seconds and not (breaks or self._broken) and self.importing.is_done:
                return
            time.sleep(TICK)

    def _strikes(self, plan: Break, second: float) -> bool:
        if second < plan.at or plan.part in self._broken:
            return False
        return second >= plan.at + plan.aims or time.time() - self.on.box.changed_at < FLOWING

    def _strike(self, plan: Break) -> None:
        self._broken[plan.part] = _Broken(plan, time.time())
        self.on.parts[plan.part].strike(plan.way)

    def _mend(self) -> None:
        for name, broken in list(self._broken.items()):
            part, now = self.on.parts[name], time.time()
            if not broken.is_mended and now >= broken.began + broken.plan.seconds:
                part.mend()
                broken.is_mended = True
            if broken.is_mended and part.is_whole:
                self.faults.append(Fault(name, broken.plan.way, broken.began, time.time()))
                del self._broken[name]

    def wait(self, box: Box) -> None:
        """Wait until every mail has come, and a little longer; or until patience is over."""
        limit = time.monotonic() + (SHORT_PATIENCE if self.script.seconds < SHORT else LONG_PATIENCE)
        missing: set[Mail] = set(self.importing.due)
        while missing and time.monotonic() < limit:
            self.on.watch()
            time.sleep(LOOK)
            missing -= {arrival.mail for arrival in box.look()}
        time.sleep(AFTERMATH)
        box.look()


def run(script: Script, folder: Path, theft: Theft | None = None, mail_server: MailServer | None = None) -> Outcome:
    """Do a drill in a folder that is there. Whatever happens, nothing that was started is left."""
    clock = [time.monotonic()]
    with premises(folder, script.seed, mail_server or MailServer()) as on:
        box = on.box
        drill = Drill(script, on, Importing(deque(script.imports), on.service.environment, folder), theft)
        clock.append(time.monotonic())
        drill.play()
        clock.append(time.monotonic())
        drill.wait(box)
        clock.append(time.monotonic())
        answers = on.service.answers("/healthz")
    verdict = judge(drill.importing.due, box.arrivals, drill.faults)
    verdict.complaints.extend(_complaints(drill, answers=answers))
    phases = ("starting", "breaking", "waiting")
    return Outcome(
        script=script,
        verdict=verdict,
        faults=drill.faults,
        seconds={name: round(to - since, 1) for name, since, to in zip(phases, clock, clock[1:], strict=False)},
        mail_server=on.mail_server.name,
        imports=drill.importing,
        ends=on.ends,
        tracebacks=_tracebacks(folder),
    )


def _complaints(drill: Drill, *, answers: bool) -> list[str]:
    ended = [f"The command {name} ended by itself {times} times." for name, times in drill.on.ends.items() if times]
    strange = [f"An import said: {said}" for said in drill.importing.strange]
    return [*ended, *strange, *([] if answers else ["The pages do not answer."])]


def _tracebacks(folder: Path) -> dict[str, int]:
    """How many tracebacks each command wrote to its log."""
    counts = Counter({log.stem: log.read_text("utf-8", "replace").count("Traceback") for log in folder.glob("*.log")})
    return dict(+counts)
