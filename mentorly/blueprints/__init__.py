"""The web doors: each page asks who it is and what they want, calls one method, and commits."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask

from mentorly.blueprints import guard, public, reading
from mentorly.blueprints.reading import locale
from mentorly.config import Settings

__all__ = ["locale", "register"]


def register(app: Flask) -> None:
    """Give an application its guard, its words and its doors; the playground only where it is on (rules B5)."""
    settings: Settings = app.extensions["mentorly"].settings
    guard.post(app)
    reading.teach(app)
    public.receive_faults(app)
    for blueprint in _doors():
        if blueprint.name != "playground" or settings.playground:
            app.register_blueprint(blueprint)


def _doors() -> list[Blueprint]:
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return [module.blueprint for module in modules if hasattr(module, "blueprint")]
