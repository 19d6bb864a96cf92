"""One RQ job for each mail, sent by Flask-Mail over a kept connection, as tutorials have it: a worker of its own.

python -m benchmarks.peers.tutorial REDIS_URL SMTP_PORT LETTER
"""

import json
import sys
from functools import cache
from pathlib import Path

from flask import Flask
from flask_mail import Connection, Mail, Message
from jinja2 import Environment, Template, select_autoescape
from redis import Redis
from rq import Queue, SimpleWorker

QUEUE = "tutorial"


@cache
def connection(port: int) -> Connection:
    """The connection to the mail server, opened once in a process and kept."""
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=port, MAIL_DEFAULT_SENDER="mentorly@localhost")
    Mail(app)
    app.app_context().push()
    return app.extensions["mail"].connect().__enter__()  # type: ignore[no-any-return]  # Flask's extensions are untyped


@cache
def templates(letter: str) -> dict[str, Template]:
    """The templates of a letter, compiled once in a process."""
    environment = Environment(autoescape=select_autoescape())
    return {name: environment.from_string(words) for name, words in json.loads(Path(letter).read_text("utf-8")).items()}


def send(port: int, letter: str, recipient: str, name: str, token: str) -> None:
    """The job: write a mail and hand it over."""
    host = connection(port)
    values = {"name": name, "token": token}
    words = {part: template.render(values) for part, template in templates(letter).items()}
    host.send(Message(words["subject"], [recipient], words["text"], words["html"]))


def enqueue(url: str, port: int, letter: str, number: int) -> None:
    """Ask for so many mails, each by a job."""
    queue = Queue(QUEUE, connection=Redis.from_url(url))
    queue.enqueue_many(
        [
            Queue.prepare_data(send, (port, letter, f"person{n}@example.org", f"Anaïs Tremblay {n}", f"{n:032x}"))
            for n in range(number)
        ]
    )


if __name__ == "__main__":
    SimpleWorker([Queue(QUEUE, connection=Redis.from_url(sys.argv[1]))]).work(logging_level="WARNING")
