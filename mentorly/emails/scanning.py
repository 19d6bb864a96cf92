"""Finding every kind of mail where it lies: x.py beside x.en.md and x.fr.md."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from mentorly.emails.email import Email, Register
from mentorly.emails.wording import Wording
from mentorly.mentoring.particulars import LANGUAGES

FOLDER = Path(__file__).parent


def find_mails(*folders: Path) -> Register:
    """The register of every mail in the folders of this package and in further folders."""
    own = [folder for folder in sorted(FOLDER.iterdir()) if (folder / "__init__.py").is_file()]
    return Register(kind for folder in (*own, *folders) for kind in _kinds_in(folder))


def _kinds_in(folder: Path) -> Iterator[Email]:
    for text in sorted(folder.glob("*.en.md")):
        name = text.name.removesuffix(".en.md")
        module = _module(folder, name)
        own = [value for value in vars(module).values() if _is_kind(value, module)]
        if len(own) != 1:
            raise ValueError(f"{folder / name}.py has to hold one kind of mail; it holds {len(own)}")
        wordings = {language: Wording.load(folder / f"{name}.{language}.md") for language in LANGUAGES}
        yield _checked(own[0](name, wordings))


def _is_kind(value: object, module: ModuleType) -> bool:
    return isinstance(value, type) and issubclass(value, Email) and value.__module__ == module.__name__


def _checked(kind: Email) -> Email:
    for language, wording in kind.wordings.items():
        if set(wording.buttons) != set(kind.buttons):
            raise ValueError(
                f"{kind.name}.{language}.md shows other buttons than {kind.name}.py: {', '.join(wording.buttons)}"
            )
    if not re.fullmatch(r"[a-z][a-z_]*", kind.name):
        raise ValueError(f"{kind.name} is no name for a kind of mail")
    return kind


def _module(folder: Path, name: str) -> ModuleType:
    if folder.parent == FOLDER:
        return importlib.import_module(f"mentorly.emails.{folder.name}.{name}")
    spec = importlib.util.spec_from_file_location(f"mails_of_{folder.name}_{name}", folder / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ValueError(f"{folder / name}.py is missing")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
