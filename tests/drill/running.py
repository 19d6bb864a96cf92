"""A drill as it runs: people come, parts break and are mended, and the mails are awaited."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tests.drill.importing import Importing
from tests.drill.inquest import inquest
from tests.drill.mail_server import MailServer
from tests.drill.premises import Premises, premises
from tests.drill.script import AT_ONCE, IN_A_PAUSE, IN_THE_FLOW, LONGEST_AIM, MAIL_SERVER, SHORT, Break, Mail, Script
from tests.drill.theft import Theft
from tests.drill.verdict import Fault, Verdict, judge

TICK = 0.02
LOOK = 0.5
TELLING = 60.0
MOST_SAYINGS = 5
PHASES = ("starting", "breaking", "waiting")

# Mails are arriving if the last one came so many seconds ago; none are if it came longer ago than that.
FLOWING, PAUSE = 0.1, 0.5

# How long a part that broke in a pause waits for mails.
LONGEST_MEETING = 6.0

# How long after the time parts may need to come back, and the last people to be imported.
LONGEST_EXTRA = 90.0

# How long mails are awaited after all is mended: a first wait and a round; where mails were put off, further ones.
SHORT_PATIENCE, LONG_PATIENCE = 150.0, 480.0

# How long a copy could still come: after the last expected mail, and after the mail server last failed one, which is
# tried again after a first wait, in the next round. A short drill ends before that.
AFTERMATH = 3.0
SECOND_TRY = 18.0 + 63.0


@dataclass(frozen=True)
class Outcome:
    """What a drill came to.

    seconds: how long each phase took. ends: how often each command ended by itself. tracebacks: how many each wrote.
    inquest: what the database says of the mails that were lost or late.
    """

    script: Script
    verdict: Verdict
    faults: list[Fault]
    seconds: dict[str, float]
    mail_server: str
    imports: Importing
    ends: dict[str, int]
    tracebacks: dict[str, int]
    inquest: list[str]


@dataclass
class _Broken:
    """A part that is broken now."""

    plan: Break
    began: float
    is_mended: bool = False


@dataclass
class Drill:
    """What happens on the premises. It forks, and what it forks hangs on its thread: run it in the main thread.

    faults: what was broken and is mended; broken: what is broken now, by part. say: takes a line now and then.
    """

    script: Script
    on: Premises
    importing: Importing
    theft: Theft | None = None
    say: Callable[[str], object] = str
    faults: list[Fault] = field(default_factory=list)
    broken: dict[str, _Broken] = field(default_factory=dict)
    _told: float = 0.0

    def play(self) -> None:
        """Let people come and parts break until the time is over, all is mended and everybody has come."""
        began = time.monotonic()
        breaks = deque(self.script.breaks)
        try:
            while breaks or self.broken or not self.importing.is_done:
                second = time.monotonic() - began
                if second > self.script.seconds + LONGEST_EXTRA:
                    break
                is_mended = not (breaks or self.broken)
                self.importing.step(second, may_begin=is_mended or second < self.script.seconds)
                if breaks and self._strikes(breaks[0], second):
                    self._strike(breaks.popleft())
                self._mend()
                self.on.watch()
                if self.theft:
                    self.theft.step(second, self.on.database.connection)
                self._tell(second)
                time.sleep(TICK)
        finally:
            self.importing.stop()

    def _strikes(self, plan: Break, second: float) -> bool:
        if second < plan.at or plan.part in self.broken:
            return False
        is_met = {AT_ONCE: True, IN_THE_FLOW: self._quiet < FLOWING, IN_A_PAUSE: self._quiet > PAUSE}[plan.aim]
        return is_met or second > plan.at + LONGEST_AIM

    @property
    def _quiet(self) -> float:
        """For how many seconds nothing has arrived."""
        return time.time() - self.on.box.changed_at

    def _strike(self, plan: Break) -> None:
        self.broken[plan.part] = _Broken(plan, time.time())
        self.on.parts[plan.part].strike(plan.way)

    def _mend(self) -> None:
        for name, broken in list(self.broken.items()):
            part = self.on.parts[name]
            if not broken.is_mended and self._is_over(broken):
                part.mend()
                broken.is_mended = True
            if broken.is_mended and part.is_whole:
                self.faults.append(Fault(name, broken.plan.way, broken.began, time.time()))
                del self.broken[name]

    def _is_over(self, broken: _Broken) -> bool:
        """Whether a part was broken long enough: one that broke in a pause, until it met mails and another pause."""
        seconds = time.time() - broken.began
        if broken.plan.aim != IN_A_PAUSE or seconds > LONGEST_MEETING:
            return seconds > broken.plan.seconds
        return (
            self._quiet > PAUSE
            and self.importing.ended_at > broken.began
            and time.time() - self.importing.ended_at > PAUSE
        )

    def _tell(self, second: float) -> None:
        if second < self._told + TELLING:
            return
        self._told = second
        due, arrived = len(self.importing.due), len({arrival.mail for arrival in self.on.box.look()})
        self.say(f"{second / 60:.0f} min: {len(self.faults)} faults, {due} mails due, {arrived} arrived")

    def wait(self) -> None:
        """Wait until every mail has come, and a little longer; or until patience is over."""
        limit = time.monotonic() + (SHORT_PATIENCE if self.script.seconds < SHORT else LONG_PATIENCE)
        missing: set[Mail] = set(self.importing.due)
        while missing and time.monotonic() < limit:
            self.on.watch()
            time.sleep(LOOK)
            missing -= {arrival.mail for arrival in self.on.box.look()}
        time.sleep(max(AFTERMATH, 0.0 if self.script.seconds < SHORT else self._second_try - time.time()))
        self.on.box.look()

    @property
    def _second_try(self) -> float:
        """When all mails that the mail server failed have been tried again, by the wall clock."""
        return max((one.ended for one in self.faults if one.part == MAIL_SERVER), default=0.0) + SECOND_TRY


def run(
    script: Script,
    folder: Path,
    theft: Theft | None = None,
    mail_server: MailServer | None = None,
    say: Callable[[str], object] = str,
) -> Outcome:
    """Do a drill in a folder that is there. Whatever happens, nothing that was started is left.

    theft: takes one mail away. mail_server: Postfix's or ours by default. say: takes a line now and then.
    """
    clock = [time.monotonic()]
    with premises(folder, script.seed, mail_server or MailServer()) as on:
        drill = Drill(script, on, Importing(deque(script.imports), on.service.environment, folder), theft, say)
        for phase in (str, drill.play, drill.wait):
            phase()
            clock.append(time.monotonic())
        verdict = judge(drill.importing.due, on.box.arrivals, drill.faults)
        verdict.complaints.extend(_complaints(drill))
        asked = inquest(on.database, [*verdict.lost, *(one.mail for one in verdict.late)])
    return Outcome(
        script=script,
        verdict=verdict,
        faults=drill.faults,
        seconds={name: round(to - since, 1) for name, (since, to) in zip(PHASES, pairwise(clock), strict=True)},
        mail_server=on.mail_server.name,
        imports=drill.importing,
        ends=on.ends,
        tracebacks=_tracebacks(folder),
        inquest=asked,
    )


def _complaints(drill: Drill) -> list[str]:
    """Sentences for what went wrong besides the mails."""
    ended = [f"The command {name} ended by itself {times} times." for name, times in drill.on.ends.items() if times]
    missing = [f"The {part} did not come back." for part in drill.broken]
    strange = [f"An import said: {said}" for said in drill.importing.strange[:MOST_SAYINGS]]
    undone = [] if drill.importing.is_done else [f"{len(drill.importing.waiting)} imports were never done."]
    silent = [] if drill.on.service.answers("/healthz") else ["The pages do not answer."]
    return [*ended, *missing, *strange, *undone, *silent]


def _tracebacks(folder: Path) -> dict[str, int]:
    """How many tracebacks each command wrote to its log."""
    counts = Counter({log.stem: log.read_text("utf-8", "replace").count("Traceback") for log in folder.glob("*.log")})
    return dict(+counts)
