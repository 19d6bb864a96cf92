"""What a WSGI server imports: ``wsgi:app``."""

from mentorly.app import create_app

app = create_app()
