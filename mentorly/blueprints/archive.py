"""The archive of what is kept about a person: made when its one-time link is pressed, and kept nowhere (rules C12)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response, make_response, render_template
from flask_babel import gettext as _

from mentorly.blueprints.archive_codes import CODES, CODES_OF
from mentorly.blueprints.archive_words import LABELS
from mentorly.blueprints.console.words import title
from mentorly.blueprints.reading import dated, language
from mentorly.blueprints.sheets import DOOR, Sheet
from mentorly.emails.own_mail import as_data, holdings
from mentorly.emails.spoken import hour, translated
from mentorly.extensions import house, now, post_office, session
from mentorly.mentoring.own_record import Code, Holding
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import CALLED, Family

BUTTON = "download"
OF_MAILS = {"mails", "mail_answers"}


def give(sheet: Sheet) -> Response:
    """Give the archive to whom its mail was written to. Raises Expired once it was opened, and when it is too late."""
    sheet.opened.check_unsettled()
    person, moment = sheet.opened.reader, now()
    post_office().answer(sheet.opened, BUTTON, {}, DOOR, moment)
    answer = make_response(packed(person, holdings(person, house().register), moment))
    answer.headers["Content-Type"] = "application/zip"
    answer.headers["Content-Disposition"] = "attachment; filename=mentorly.zip"
    session().commit()
    return answer


def packed(person: Person, found: Sequence[Holding], moment: datetime) -> bytes:
    """The archive: a page to read, and the same as JSON."""
    data, page = as_data(person, found, moment), _page(person, found, moment)
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        archive.writestr("data.html", page)
    return file.getvalue()


def _page(person: Person, found: Sequence[Holding], moment: datetime) -> str:
    def shown(value: object, name: str = "") -> str:
        return _shown(value, name, person.timezone)

    return render_template(
        "archive/data.html",
        one=person,
        found=[(translated(one.title, language()), list(_told(one))) for one in found if one.rows],
        empty=[translated(one.title, language()) for one in found if not one.rows],
        moment=moment,
        shown=shown,
        labels=LABELS,
    )


def _told(holding: Holding) -> Iterator[Mapping[str, object]]:
    """The rows as a page says them: a mail begins with what its kind is called."""
    for row in holding.rows:
        yield {"mail": title(str(row["kind"])), **row} if holding.name in OF_MAILS else row


def _shown(value: object, name: str, zone: str) -> str:
    """A value as a page says it; '' if there is nothing to say. name: what data.json calls it."""
    if isinstance(value, Code):
        return _worded(value, name)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        return f"{dated(value)}, {hour(value, language(), zone)}"
    if isinstance(value, date):
        return dated(value)
    return "" if value is None else str(value)


def _worded(code: Code, name: str) -> str:
    if name == "family":
        return CALLED[Family(code)][language()]
    return str(CODES_OF.get(name, {}).get(code) or CODES.get(code) or translated(code, language()))
