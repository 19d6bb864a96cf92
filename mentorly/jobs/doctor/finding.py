"""What the doctor found of one part, in sentences."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    """How a part is. NOTED: nothing is wrong, and there is something to know; UNKNOWN: it could not be asked."""

    WELL = "well"
    NOTED = "noted"
    UNKNOWN = "unknown"
    WRONG = "wrong"


UP = "It runs while “mentorly up” runs."
ALL_IS_WELL = frozenset({State.WELL, State.NOTED})


@dataclass(frozen=True)
class Finding:
    """What was found of a part. remedy: what to do. needed: a record of the DNS as `NAME TYPE VALUE`."""

    part: str
    state: State
    found: str
    remedy: str = ""
    needed: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done."""
        return self.state in ALL_IS_WELL

    @property
    def lines(self) -> list[str]:
        """It, for a person at a terminal."""
        more = [self.needed and f"Needed: {self.needed}", "" if self.is_well else self.remedy]
        return [f"{self.state:8}{self.part}: {self.found}", *(" " * 8 + line for line in more if line)]

    def as_json(self) -> dict[str, str]:
        """It, for a program."""
        return {name: str(value) for name, value in asdict(self).items()}
