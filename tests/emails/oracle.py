"""The standard library's own composing of a letter, to which ours is held (rules A14)."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from mentorly.emails.headers import mailbox
from mentorly.emails.message import Letter

# policy.SMTP folds long structured headers into encoded words, which breaks them.
WHOLE = SMTP.clone(max_line_length=998)


def compose_by_library(letter: Letter) -> bytes:
    """Build the mail of a letter with EmailMessage."""
    message = EmailMessage(policy=WHOLE)
    for header, (name, address) in {
        "From": parseaddr(letter.sender),
        "To": (letter.recipient_name, letter.recipient),
    }.items():
        message[header] = Address(name, addr_spec=mailbox(address))
    message["Subject"] = letter.subject
    message["Date"] = letter.date
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = letter.auto
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    for header, value in (("Reply-To", letter.reply_to), ("In-Reply-To", letter.in_reply_to)):
        if value:
            message[header] = value
    if letter.in_reply_to:
        message["References"] = " ".join((*letter.references, letter.in_reply_to))
    if letter.auto == "auto-replied":
        message["X-Loop"] = letter.message_id.strip("<>").rpartition("@")[2]
    if letter.list_unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.list_unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["List-Id"] = f"<reminders.{mailbox(parseaddr(letter.sender)[1]).rpartition('@')[2]}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.invitation:
        calendar = letter.invitation.as_bytes()
        how, name = {"method": letter.invitation.method}, "invite.ics"
        message.add_alternative(calendar.decode(), subtype="calendar", params=how, cte="base64")
        message.add_attachment(calendar, maintype="application", subtype="ics", filename=name, params={"name": name})
    for file in letter.attachments:
        main, _, sub = file.media_type.partition("/")
        params = {"name": file.name} | ({"charset": "utf-8"} if main == "text" else {})
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name, params=params)
    return message.as_bytes()
