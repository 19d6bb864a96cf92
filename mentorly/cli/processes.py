"""The commands that run for as long as the service does: all of it in one go, or each process by itself."""

import click
from flask_migrate import upgrade

from mentorly.app import create_app
from mentorly.config import Settings
from mentorly.extensions import now, session
from mentorly.jobs import postbox, schedule, up, web, worker
from mentorly.mentoring.demo import make_demo


@click.command("up")
@click.option("--demo", is_flag=True, help="With a demo program and the playground.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where the pages are served.")
def up_command(demo: bool, port: int | None) -> None:
    """Run all of it in one go, with embedded parts where nothing is configured.

    Example: mentorly up --demo --port 8001
    """
    up.up(Settings.load(), upgrade=_schema, demo=_make_demo if demo else None, port=port, say=click.echo)


def _schema(own: Settings) -> None:
    with create_app(own).app_context():
        upgrade()


def _make_demo(own: Settings) -> None:
    with create_app(own).app_context():
        make_demo(session(), now())
        session().commit()


@click.command("web")
def web_command() -> None:
    """Serve the pages.

    Example: mentorly web
    """
    web.serve(Settings.load())


@click.command("work")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many.")
def work_command(processes: int) -> None:
    """Perform what the queue asks for.

    Example: mentorly work --processes 2
    """
    own = Settings.load()
    worker.work(create_app(own), own, processes)


@click.command("schedule")
def schedule_command() -> None:
    """Keep time: ask for a round every minute.

    Example: mentorly schedule
    """
    schedule.keep_time(Settings.load())


@click.command("postbox")
def postbox_command() -> None:
    """Take in what the mail server hands over by LMTP.

    Example: mentorly postbox
    """
    own = Settings.load()
    postbox.serve(create_app(own), own)
