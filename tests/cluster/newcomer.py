"""Does somebody who is invited get in? The administrator adds them, the mail arrives, its link sets a password."""

import mailbox
import re
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from tests.cluster.cast import NEWCOMER, PASSWORD, address
from tests.cluster.person import Person, until

SECONDS_FOR_A_MAIL = 30


def join(administrator: Person, newcomer: Person, box: Path) -> None:
    """Invite the newcomer and sign them in with a password of their own. Raises AssertionError where it ends."""
    administrator.sign_in()
    added = administrator.send("/people/new/", {"name": "Newcomer", "email": address(NEWCOMER), "role": "auditor"})
    assert added.acknowledged, f"Nobody could be added: {added.answer}"
    links: list[str] = []
    assert until(lambda: links.extend(_links(box)) or links, SECONDS_FOR_A_MAIL), "No invitation arrived."
    path = links[0].removeprefix(newcomer.url)
    assert newcomer.read(path), f"The invitation's link {links[0]} leads nowhere."
    chosen = newcomer.send(newcomer.last_path, {"password1": PASSWORD, "password2": PASSWORD})
    assert chosen.acknowledged, f"No password could be set: {chosen.answer}"
    newcomer.sign_in()


def _links(box: Path) -> list[str]:
    """Addresses in the mails that arrived."""
    mails = mailbox.Maildir(box, factory=None, create=False) if box.exists() else []
    texts = [message_from_bytes(bytes(mail), policy=default).get_content() for mail in mails]
    return [link for text in texts for link in re.findall(r"https://\S+/password/reset/key/\S+", text)]
