"""The terminal's door: the `mentorly` command, each of its words one call into a lower floor."""

import csv
import io
import json
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from flask_migrate.cli import db as db_commands
from rich.console import Console
from rich.table import Table

from mentorly.app import create_app
from mentorly.config import Misconfigured, Settings
from mentorly.emails.incoming import NotAMail
from mentorly.emails.letterbox import LARGEST_MESSAGE, NoSuchAddress
from mentorly.emails.own_mail import holdings
from mentorly.emails.spoken import said
from mentorly.emails.support import support_dump
from mentorly.extensions import DatabaseFault, has_schema, house, now, post_office, ring, session, settings
from mentorly.jobs import catcher, embedded, inbox, post, postbox, schedule, up, web, worker
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.data_requests import DataRequest
from mentorly.mentoring.demo import make_demo
from mentorly.mentoring.erasing import check_confirmed, check_erasable, consequences_for
from mentorly.mentoring.pairs import Pairs
from mentorly.mentoring.particulars import LANGUAGES
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program, kinds
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.roster import Faulty, Plan, Roster, checked_email, export_roster
from mentorly.mentoring.sponsors import Sponsor, sponsors_of
from mentorly.mentoring.suggestions import best_assignment, objections_to, suggestions_of
from mentorly.mentoring.suppressions import Suppression

USE, REFUSED = 2, 1
# What mail servers expect of a program that mails are piped into (sysexits.h).
NO_MAIL, NO_SUCH_ADDRESS, TRY_LATER = 65, 67, 75
NOT_COUNTED = {"stopped", "unfinished", "faults"}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Run a formal mentoring program from the inbox.

    Example: mentorly up --demo
    """
    context.obj = ScriptInfo(create_app=create_app)


cli.add_command(db_commands)


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
        _stop(error.format_message().replace("\n", " "), USE)
    except click.Abort:
        sys.exit(130)
    except (Misconfigured, embedded.CannotStart) as error:
        _stop(str(error), USE)
    except Faulty as faulty:
        _stop("\n".join(faulty.lines), REFUSED)
    except Refused as refusal:
        _stop(said(refusal, "en", "UTC"), REFUSED)
    except DatabaseFault as error:
        _stop(
            f"The database does not answer: {_first_line(error)}. Was “mentorly db upgrade” run?",
            REFUSED,
        )


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0]


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)


def _schema(own: Settings) -> None:
    with create_app(own).app_context():
        upgrade()


def _within(command: Any) -> Any:
    """Run a command within the application; a new SQLite database of the instance gets its schema first."""

    @click.pass_context
    def run(context: click.Context, *args: Any, **options: Any) -> Any:
        with create_app().app_context():
            if not settings().database_url.startswith("postgres") and not has_schema():
                upgrade()
            return context.invoke(command, *args, **options)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def _keep(deed: Deed, *abouts: Base, person: Person | None = None) -> None:
    """Commit what was done together with its lines in the record of acts, by the terminal; and ring."""
    for about in abouts:
        AuditEntry.write(session(), deed, about, None, now(), person=person)
    session().commit()
    ring()


@cli.command("up")
@click.option("--demo", is_flag=True, help="With a demo program and the playground.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the pages are served.")
def up_command(demo: bool, port: int | None) -> None:
    """Run all of it in one go, with embedded parts where nothing is configured.

    Example: mentorly up --demo --port 8001
    """
    up.up(Settings.load(), upgrade=_schema, demo=_make_demo if demo else None, port=port, say=click.echo)


def _make_demo(own: Settings) -> None:
    with create_app(own).app_context():
        make_demo(session(), now())
        session().commit()


@cli.command("web")
def web_command() -> None:
    """Serve the pages.

    Example: mentorly web
    """
    web.serve(Settings.load())


@cli.command("work")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many.")
def work_command(processes: int) -> None:
    """Perform what the queue asks for.

    Example: mentorly work --processes 2
    """
    own = Settings.load()
    worker.work(create_app(own), own, processes)


@cli.command("schedule")
def schedule_command() -> None:
    """Keep time: ask for a round every minute.

    Example: mentorly schedule
    """
    schedule.keep_time(Settings.load())


@cli.command("postbox")
def postbox_command() -> None:
    """Take in what the mail server hands over by LMTP.

    Example: mentorly postbox
    """
    own = Settings.load()
    postbox.serve(create_app(own), own)


@cli.command("receive")
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Whom it is for.")
@click.option("--from", "sender", metavar="ADDRESS", help="Who sent it, as the mail server says.")
def receive_command(recipients: tuple[str, ...], sender: str | None) -> None:
    """Take in one mail from standard input; by default for whom its first Delivered-To or X-Original-To names.

    Example: mentorly receive --to reply+mfrggzdf@example.org < message.eml
    """
    try:
        _receive(recipients, sender)
    except NotAMail as fault:
        _stop(str(fault), NO_MAIL)
    except NoSuchAddress as refusal:
        _stop(str(refusal), NO_SUCH_ADDRESS)
    except Exception as fault:  # noqa: BLE001 - whatever kept it from being kept, the mail server is to try again
        _stop(f"The mail was not kept, so that it can be tried again ({type(fault).__name__}).", TRY_LATER)


def _receive(recipients: tuple[str, ...], sender: str | None) -> None:
    raw = sys.stdin.buffer.read(LARGEST_MESSAGE + 1)
    if len(raw) > LARGEST_MESSAGE:
        raise NotAMail(f"This is larger than the {LARGEST_MESSAGE} bytes that a mail may have.")
    with create_app().app_context():
        inbox.receive(raw, recipients, sender, "pipe")


@cli.group("admin")
def admin_group() -> None:
    """Administrators, who run the whole service."""


@admin_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@_within
def admin_add(email: str, name: str) -> None:
    """Make an administrator, who gets the welcome mail.

    Example: mentorly admin add dave@example.org --name "Dave Okoye"
    """
    moment = now()
    address = checked_email(email)
    person = Person.of_address(session(), address) or Person.register(session(), address, name, moment, by=None)
    person.make_administrator(moment)
    Suppression.recall(session(), {address: person.id}, moment)
    _keep(Deed.ADMINISTRATOR_MADE, person)
    click.echo(f"{person.name} is an administrator.")


@cli.group("program")
def program_group() -> None:
    """Programs: runs of mentoring."""


@program_group.command("add")
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(list(kinds())))
@click.option("--start", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The first day.")
@click.option("--months", type=int, help="How long it runs; the kind says it otherwise.")
@click.option("--retention-months", type=int, help="How long it is kept what was mailed: 6 to 120; 24 otherwise.")
@click.option("--words-months", type=int, help="How long after its end words of a relationship are kept: 6 to 120.")
@_within
def program_add(
    name: str, kind: str, start: Any, months: int | None, retention_months: int | None, words_months: int | None
) -> None:
    """Add a program.

    Example: mentorly program add "Pilot 2027" --kind one-on-one --start 2027-03-01 --months 6
    """
    first = date(start.year, start.month, start.day)
    program = Program.add(session(), name, kind, first, now(), months=months, retention_months=retention_months)
    if words_months is not None:
        program.keep_words_for(words_months)
    _keep(Deed.PROGRAM_ADDED, program)
    click.echo(f"{program.name} runs from {program.starts_on} to {program.ends_on}.")


@program_group.command("list")
@click.option("--json", "as_json", is_flag=True)
@_within
def program_list(as_json: bool) -> None:
    """List the programs.

    Example: mentorly program list
    """
    rows = [
        {"name": one.name, "kind": one.kind, "starts": str(one.starts_on), "ends": str(one.ends_on)}
        for one in Program.all(session())
    ]
    _show(rows, ["name", "kind", "starts", "ends"], as_json)


@cli.group("sponsor")
def sponsor_group() -> None:
    """Sponsors, who fund a program and may get its figures by mail."""


@sponsor_group.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--program", required=True)
@click.option("--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True)
@_within
def sponsor_add(email: str, name: str, program: str, language: str) -> None:
    """Register a sponsor of a program, who is asked by mail whether they want its figures.

    Example: mentorly sponsor add fern@example.org --name "Fern Diaz" --program "Pilot 2027"
    """
    run = Program.called(session(), program)
    one = Sponsor.add(run, checked_email(email), name, language, None, now())
    _keep(Deed.SPONSOR_ADDED, one)
    click.echo(f"{one.person.name} is asked whether they want the figures of {run.name}.")


@sponsor_group.command("list")
@click.option("--program", required=True)
@click.option("--json", "as_json", is_flag=True)
@_within
def sponsor_list(program: str, as_json: bool) -> None:
    """List the sponsors of a program.

    Example: mentorly sponsor list --program "Pilot 2027"
    """
    known = sponsors_of(Program.called(session(), program))
    rows = [{"name": one.person.name, "email": one.person.email, "told": bool(one.agreed_at)} for one in known]
    _show(rows, ["name", "email", "told"], as_json)


@sponsor_group.command("end")
@click.argument("email")
@click.option("--program", required=True)
@_within
def sponsor_end(email: str, program: str) -> None:
    """Send a sponsor of a program nothing more.

    Example: mentorly sponsor end fern@example.org --program "Pilot 2027"
    """
    run, person = Program.called(session(), program), Person.called(session(), email)
    one = Sponsor.of(person, run)
    if one is None:
        raise Refused("{name} is no sponsor of {program}.", name=person.name, program=run.name)
    one.end(None, now())
    _keep(Deed.SPONSOR_ENDED, one)
    click.echo(f"{person.name} gets no figures of {run.name} any more.")


@cli.group("roster")
def roster_group() -> None:
    """Rosters: many people at once."""


@roster_group.command("import")
@click.argument("file", type=FILE)
@click.option("--program", required=True)
@click.option("--check", is_flag=True, help="Change nothing; say what would change.")
@click.option(
    "--new-organizations", is_flag=True, help="Names that look like known ones are organizations of their own."
)
@_within
def roster_import(file: Path, program: str, check: bool, new_organizations: bool) -> None:
    """Register everybody in a CSV file, all or nothing.

    Example: mentorly roster import pilot.csv --program "Pilot 2027" --check
    """
    roster = Roster.read(file.read_bytes(), str(file))
    run = Program.called(session(), program)
    if check:
        plan = roster.check(session(), run, now(), None, new_organizations=new_organizations)
        session().rollback()
        if plan.faults:
            raise Faulty(plan.faults, str(file))
    else:
        plan = roster.import_into(session(), run, now(), by=None, new_organizations=new_organizations)
        if plan.changes_something:
            _keep(Deed.ROSTER_IMPORTED, run)
    click.echo(_told(plan, check=check))


def _told(plan: Plan, *, check: bool) -> str:
    counts = [
        (len(plan.new), "new"),
        (len(plan.joined), "joining"),
        (len(plan.changed), "changed"),
        (len(plan.unchanged), "unchanged"),
    ]
    return (
        ("Would import: " if check else "Imported: ") + ", ".join(f"{number} {what}" for number, what in counts) + "."
    )


@roster_group.command("export")
@click.option("--program", required=True)
@_within
def roster_export(program: str) -> None:
    """Write a program's roster as CSV.

    Example: mentorly roster export --program "Pilot 2027" > pilot.csv
    """
    click.echo(export_roster(session(), Program.called(session(), program), None), nl=False)


@cli.command("export")
@click.argument("email")
@click.option("--json", "as_json", is_flag=True)
@_within
def export_command(email: str, as_json: bool) -> None:
    """Let a person have what is kept about them: a link that works once goes to them alone. Here only counts are said.

    Example: mentorly export bob@example.org
    """
    person = Person.called(session(), email)
    counts = [{"part": one.name, "rows": len(one.rows)} for one in holdings(person, house().register)]
    _keep(Deed.DATA_ASKED_FOR, DataRequest.ask(person, None, now()), person=person)
    _show(counts, ["part", "rows"], as_json)
    click.echo(f"{person.name} gets a mail with a link that opens it once.", err=True)


@cli.group("match")
def match_group() -> None:
    """Matches: who could, and who should, be paired."""


@match_group.command("suggest")
@click.option("--program", required=True)
@click.option("--best", is_flag=True, help="One best assignment, as a file for match import.")
@click.option("--json", "as_json", is_flag=True)
@_within
def match_suggest(program: str, best: bool, as_json: bool) -> None:
    """Suggest mentors for every mentee who has none, with the reasons.

    Example: mentorly match suggest --program "Pilot 2027"
    """
    run = Program.called(session(), program)
    found = best_assignment(session(), run, now())[0] if best else suggestions_of(session(), run, now())
    if best and not as_json:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(
            [("mentor", "mentee"), *((one.mentor.email, one.mentee.email) for one in found)]
        )
        click.echo(out.getvalue(), nl=False)
        return
    rows = [
        {"mentee": one.mentee.email, "mentor": one.mentor.email, "reasons": [str(reason) for reason in one.reasons]}
        for one in found
    ]
    _show(rows, ["mentee", "mentor", "reasons"], as_json)


@match_group.command("propose")
@click.argument("mentor")
@click.argument("mentee")
@click.option("--program", required=True)
@_within
def match_propose(mentor: str, mentee: str, program: str) -> None:
    """Propose a match; the mentor is asked by mail.

    Example: mentorly match propose alice@example.org bob@example.org --program "Pilot 2027"
    """
    own = session()
    run, asked, free = Program.called(own, program), Person.called(own, mentor), Person.called(own, mentee)
    warnings = objections_to(asked, free, run, now())
    proposal = propose_match(own, run, asked, free, now(), by=None)
    _keep(Deed.MATCH_PROPOSED, proposal)
    for warning in warnings:
        click.echo(f"Note: {warning}", err=True)
    click.echo(f"{proposal.mentor.name} is asked.")


@match_group.command("import")
@click.argument("file", type=FILE)
@click.option("--program", help="Needed only where people share several programs.")
@_within
def match_import(file: Path, program: str | None) -> None:
    """Propose every match of a CSV file (mentor,mentee), all or nothing.

    Example: mentorly match import pairs.csv
    """
    pairs, moment = Pairs.read(file.read_bytes(), str(file)), now()
    warnings = pairs.warnings(session(), program, moment)
    proposals = pairs.propose(session(), program, moment, by=None)
    _keep(Deed.MATCH_PROPOSED, *proposals)
    for line, warning in warnings:
        click.echo(f"Note: {file}:{line}: {warning}", err=True)
    click.echo(f"{len(proposals)} matches proposed.")


@cli.command("erase")
@click.argument("email")
@click.option("--yes", is_flag=True, help="Without asking for the address once more.")
@_within
def erase_command(email: str, yes: bool) -> None:
    """Erase what is held about a person; counts stay, and nobody mails them that it is done.

    Example: mentorly erase bob@example.org --yes
    """
    moment = now()
    person = Person.called(session(), email)
    check_erasable(person, None)
    found = consequences_for(person, moment)
    click.echo(
        f"Relationships that end: {found.relationships}. Meetings called off: {found.meetings}. "
        f"Proposals withdrawn: {found.proposals}."
    )
    for organization, program in found.led:
        click.echo(f"Note: {organization} has no other project lead in {program}.", err=True)
    if not yes:
        check_confirmed(person, _address_typed())
    post_office().erase(person, None, moment)
    _keep(Deed.PERSON_ERASED, person)
    click.echo("Erased.")


def _address_typed() -> str:
    """The address that confirms: asked for at a terminal, else the first line of what is piped in. Raises Refused."""
    if sys.stdin.isatty():
        return str(click.prompt("This cannot be taken back. Type the mail address to confirm"))
    line = sys.stdin.readline()
    if not line.strip():
        raise Refused("Nothing was erased. Say --yes to erase without being asked, or pipe in the address.")
    return line


@cli.command("upcoming")
@click.option("--days", default=30, show_default=True, type=click.IntRange(0, 400))
@click.option("--for", "email", help="To one person alone.")
@click.option("--json", "as_json", is_flag=True)
@_within
def upcoming_command(days: int, email: str | None, as_json: bool) -> None:
    """What is going to be sent to whom, when, and why.

    Example: mentorly upcoming --days 7
    """
    moment = now()
    reader = Person.called(session(), email) if email else None
    found = post_office().upcoming(moment, moment + timedelta(days=days), reader)
    rows = [
        {
            "mail": one.kind.name,
            "reader": one.reader.email,
            "moment": one.moment.isoformat(),
            "send_at": one.send_at.isoformat(),
            "why": one.kind.why,
            "fold": one.fold or None,
        }
        for one in found
    ]
    session().rollback()
    _show(rows, ["send_at", "mail", "reader", "why"], as_json)


@cli.command("round")
@click.option("--json", "as_json", is_flag=True)
@_within
def round_command(as_json: bool) -> None:
    """One round now: collect what is due, deliver what is ready.

    Example: mentorly round --json
    """
    with catcher.catching(settings()):
        counts = post.do_round(at_once=True)
    click.echo(
        json.dumps(counts)
        if as_json
        else ", ".join(f"{value} {name}" for name, value in counts.items() if name not in NOT_COUNTED)
    )
    if counts["stopped"]:
        raise Refused("{why} What waits is sent when it works again.", why=counts["stopped"])


@cli.command("support-dump")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@_within
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


@cli.command("doctor")
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


def _show(rows: Sequence[dict[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    shown = [
        ["; ".join(cell) if isinstance(cell, list) else str(cell) for cell in map(row.get, columns)] for row in rows
    ]
    if not sys.stdout.isatty():
        click.echo("\n".join("\t".join(cells) for cells in shown), nl=bool(shown))
        return
    table = Table(*columns)
    for cells in shown:
        table.add_row(*cells)
    Console().print(table if rows else "Nothing.")


if __name__ == "__main__":
    main()
