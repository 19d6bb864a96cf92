"""django-post_office: mails queued in PostgreSQL, sent by its own command with two processes of five threads.

    python django_post_office.py DATABASE_FOLDER DATABASE SMTP_PORT MAILS templated|ready < letter.json

It is run by a Python that has Django. It prints the moment at which the command begins, by time.perf_counter.
"""

import json
import sys
import time

import django
from django.conf import settings
from django.core.management import call_command

BATCH, THREADS, PROCESSES = 5000, 5, 2


def configure(folder: str, database: str, port: int) -> None:
    """Set Django up with django-post_office alone."""
    settings.configure(
        SECRET_KEY="a benchmark",  # noqa: S106 - it protects nothing
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "post_office"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": folder,
                "USER": "postgres",
                "NAME": database,
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        POST_OFFICE={"BATCH_SIZE": BATCH, "THREADS_PER_PROCESS": THREADS},
        LOGGING={
            "version": 1,
            "handlers": {"null": {"class": "logging.NullHandler"}},
            "loggers": {"post_office": {"handlers": ["null"], "level": "WARNING", "propagate": False}},
        },
    )
    django.setup()


def queue(number: int, letter: dict[str, str], *, templated: bool) -> None:
    """Queue so many mails: by a template that is rendered when they are sent, or with their words ready."""
    from post_office import mail  # noqa: PLC0415 - Django's models can be imported once it is configured
    from post_office.models import EmailTemplate  # noqa: PLC0415 - the same

    if templated:
        template = EmailTemplate.objects.create(
            name="welcome", subject=letter["subject"], content=letter["text"], html_content=letter["html"]
        )
        words: dict[str, object] = {"template": template, "render_on_delivery": True}
    else:
        words = {"subject": letter["subject"], "message": letter["text"], "html_message": letter["html"]}
    for first in range(0, number, 500):
        mail.send_many(
            [
                {
                    "recipients": [f"person{n}@example.org"],
                    "sender": "mentorly@localhost",
                    **words,
                    **({"context": {"name": f"Anaïs Tremblay {n}", "token": f"{n:032x}"}} if templated else {}),
                }
                for n in range(first, min(first + 500, number))
            ]
        )


def main() -> None:
    """Queue, then send."""
    folder, database, port, number, how = sys.argv[1:]
    configure(folder, database, int(port))
    call_command("migrate", verbosity=0)
    queue(int(number), json.load(sys.stdin), templated=how == "templated")
    print(time.perf_counter(), flush=True)  # noqa: T201 - the bench reads it
    call_command("send_queued_mail", processes=PROCESSES, lockfile=f"/tmp/{database}-{port}")  # noqa: S108 - its own default


if __name__ == "__main__":
    main()
