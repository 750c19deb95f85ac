"""How does a contact of the vendor get to their page in tests? As people do: by the mail with the address and the code."""

import re

from django.test import Client

from reviews.asking import guests, questions
from vendors import register


def add_contact(vendor, by, name="Account manager", email="account-manager@vendor.example", **values):
    return register.add_contact(vendor, by=by, name=name, email=email, is_account_team=True, **values)


def ask_three(review, by):
    said = [("How long is data kept?", "Retention"), ("Where is it stored?", "Retention"), ("Is sign-in by SSO?", "")]
    return [questions.ask_new(review, by=by, text=text, topic=topic) for text, topic in said]


def code_in(mail):
    return re.search(r"^(\d{4}) (\d{4})$", mail.body, re.MULTILINE)[0]


def enter(link, mailoutbox, client=None):
    """A browser inside the page: asks for a code, reads it in the mail, types it."""
    client = client or Client()
    address = guests.path(link)
    assert client.post(f"{address}code/").status_code == 302
    response = client.post(f"{address}enter/", {"code": code_in(mailoutbox[-1])})
    assert (response.status_code, response["Location"]) == (302, address)
    return client
