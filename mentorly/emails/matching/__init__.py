"""The mails of matching: proposed, chased, lapsed, reserved, matched, the first meeting."""
