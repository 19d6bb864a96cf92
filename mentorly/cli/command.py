"""The `mentorly` command: its words, and how each of them ends."""

import sys

import click
from flask.cli import ScriptInfo
from flask_migrate.cli import db

from mentorly.app import create_app
from mentorly.cli import (
    administrators,
    matches,
    people,
    post,
    processes,
    programs,
    receiving,
    rosters,
    sponsors,
    support,
)
from mentorly.cli.room import REFUSED, USE, stop
from mentorly.config import Misconfigured
from mentorly.emails.spoken import said
from mentorly.extensions import DatabaseFault
from mentorly.jobs import embedded
from mentorly.mentoring.base import Refused
from mentorly.mentoring.rows import Faulty

WORDS = (
    db,
    processes.up_command,
    processes.web_command,
    processes.work_command,
    processes.schedule_command,
    processes.postbox_command,
    receiving.receive_command,
    administrators.admin_group,
    programs.program_group,
    sponsors.sponsor_group,
    rosters.roster_group,
    matches.match_group,
    people.export_command,
    people.erase_command,
    post.upcoming_command,
    post.round_command,
    support.support_dump_command,
    support.doctor_command,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a formal mentoring program from the inbox.

    Example: mentorly up --demo
    """
    context.obj = ScriptInfo(create_app=create_app)


for word in WORDS:
    cli.add_command(word)


def main() -> None:
    """Run the command; every fault ends with one sentence on standard error."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(USE)
    except click.ClickException as error:
        stop(error.format_message().replace("\n", " "), USE)
    except click.Abort:
        sys.exit(130)
    except (Misconfigured, embedded.CannotStart) as error:
        stop(str(error), USE)
    except Faulty as faulty:
        stop("\n".join(faulty.lines), REFUSED)
    except Refused as refusal:
        stop(said(refusal, "en", "UTC"), REFUSED)
    except DatabaseFault as error:
        stop(
            f"The database does not answer: {_first_line(error)}. Was “mentorly db upgrade” run?",
            REFUSED,
        )


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0]
