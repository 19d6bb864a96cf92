"""The terminal's door: the `mentorly` command, each of its words one call into a lower floor."""

from mentorly.cli.command import cli, main

__all__ = ["cli", "main"]
