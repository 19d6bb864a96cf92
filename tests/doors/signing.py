"""Signing in as a browser does: the form is opened, its token is sent back."""

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def csrf_of(page: str) -> str:
    """The form's token on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the page has no form token"
    return found[1]


def sign_in(client: FlaskClient, email: str, password: str) -> TestResponse:
    """Sign in, and return what comes; it must have worked."""
    page = client.get("/sign-in").get_data(as_text=True)
    answer = client.post("/sign-in", data={"csrf_token": csrf_of(page), "email": email, "password": password})
    assert answer.status_code in {302, 303}, answer.get_data(as_text=True)
    return answer
