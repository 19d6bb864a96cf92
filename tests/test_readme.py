"""The commands of the README work as they stand there, in their order."""

import re
import shlex
from importlib.metadata import entry_points
from pathlib import Path

from tests.stories.kit import Service

ROOT = Path(__file__).parent.parent


def commands(page: str) -> list[str]:
    """The commands of all console blocks of a page."""
    blocks = re.findall(r"```console\n(.*?)```", page, flags=re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    service = Service(tmp_path / "instance")
    said = {}
    for command in commands((ROOT / "README.md").read_text("utf-8")):
        program, *words = shlex.split(command)
        if program == "mentorly":
            said[command] = service.run(*words)
    assert "43 new" in next(text for command, text in said.items() if command.endswith("--check"))
    assert "14 matches proposed" in next(text for command, text in said.items() if "match import" in command)
    assert len(service.mails()) == 43 + 1 + 14


def test_the_command_is_called_as_the_readme_calls_it() -> None:
    (script,) = entry_points(group="console_scripts", name="mentorly")
    assert script.value == "mentorly.cli:main"


def test_the_other_commands_of_the_readme_are_targets_and_the_way_into_the_environment() -> None:
    rest = [
        command for command in commands((ROOT / "README.md").read_text("utf-8")) if not command.startswith("mentorly")
    ]
    assert rest == ["make run", ". .venv/bin/activate", "export MENTORLY_INSTANCE=pilot"]
    assert re.search(r"^run:", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)


def test_the_pictures_of_the_readme_are_there() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert len(pictures) >= 2
    assert all((ROOT / picture).stat().st_size > 5000 for picture in pictures)
