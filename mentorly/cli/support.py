"""Commands for when something is wrong: what ails the service, and what may be shown to somebody who helps."""

import json
import sys
from pathlib import Path

import click

from mentorly.app import create_app
from mentorly.cli.room import FILE, REFUSED, within
from mentorly.emails.support import support_dump
from mentorly.extensions import house, now, session, settings
from mentorly.mentoring.base import Refused


@click.command("support-dump")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@within
def support_dump_command(file: Path, force: bool) -> None:
    """Write what somebody who helps may see: schema, counts, settings without secrets, mails without readers.

    No text, name or address of a person is in it.

    Example: mentorly support-dump support.json
    """
    if file.exists() and not force:
        raise Refused("{file} exists already. Say --force to write over it.", file=file)
    told = support_dump(session(), house().register, settings(), now())
    try:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as fault:
        raise Refused("{file} cannot be written: {why}.", file=file, why=fault.strerror) from None
    click.echo(f"{file} holds no text, name or address of a person.")


@click.command("doctor")
@click.option("--check-copy", type=FILE, help="Look at a received copy of a mail instead.")
@click.option("--json", "as_json", is_flag=True)
def doctor_command(check_copy: Path | None, as_json: bool) -> None:
    """Look at every part that the service needs, and say what to do about each.

    Example: mentorly doctor --check-copy received.eml
    """
    from mentorly.jobs.doctor import visits  # noqa: PLC0415 - it brings dkimpy and dnspython, which only this needs

    findings = visits.of_copy(check_copy.read_bytes()) if check_copy else visits.of_all_parts(create_app)
    if as_json:
        click.echo(json.dumps([one.as_json() for one in findings], ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(line for one in findings for line in one.lines))
    if not all(one.is_well for one in findings):
        sys.exit(REFUSED)
