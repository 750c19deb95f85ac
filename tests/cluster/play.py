"""What do people do on the cluster while it is being hurt? One does the main job, others save, upload and ask all day."""

import hashlib
import io
import itertools
import os
import queue
import threading
import time
import uuid
from collections.abc import Callable

from tests.cluster import newcomer
from tests.cluster.cast import ADMINISTRATOR, AUDITOR, LEAD, NEWCOMER, PASSWORD, REVIEWERS, SIGNERS
from tests.cluster.ledger import Ledger
from tests.cluster.person import Person, hidden, option, until, words_of
from tests.cluster.services import Cluster

PREPARERS, SAVERS, UPLOADERS = REVIEWERS[:2], REVIEWERS[2:5], REVIEWERS[5:7]
MAIN, DAILY = "Main job", "Daily work"
ASKED = tuple(f"Dossiers {number}" for number in range(1, 9))
# Between two acts of one person, in seconds: together they keep the hosts busy, not two processors at their limit.
PAUSE, PAUSE_OF_UPLOADS, PAUSE_OF_THE_MAIN_JOB = 0.4, 1.5, 2.0
EVIDENCE_BYTES = (2_000_000, 5_000_000)
# One step of the main job is tried again for this long; a dossier may wait for its second worker.
PATIENCE, PATIENCE_WITH_DOSSIERS = 120, 240
NOT_APPLICABLE = (5, 39)
SUM = "43 confirmed + 2 not applicable = 45 of 47"
CISO = SIGNERS[0]


class Work(threading.Thread):
    """Something done beside the rest, which ends with this process at the latest."""

    def __init__(self, act: Callable, *given) -> None:
        super().__init__(daemon=True)
        self.act, self.given, self.error = act, given, None
        self.start()

    def run(self) -> None:
        try:
            self.act(*self.given)
        except BaseException as error:
            self.error = error

    def result(self) -> None:
        """Wait for its end; raises what it raised."""
        self.join()
        if self.error:
            raise self.error


class Play:
    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.ledger = cluster, Ledger()
        self.people = {name: self._person(name) for name in (*SIGNERS, *REVIEWERS, LEAD, AUDITOR)}
        self.over = threading.Event()
        self.going_on: list[Work] = []
        self.reviews: dict[str, str] = {}
        self.dossiers: list[str] = []
        self.files: dict[str, bytes] = {}
        self.tried_again: list[str] = []
        # Held while it matters which dossier a worker host is laying out.
        self.only_dossier = threading.Lock()

    def begin(self) -> None:
        """Sign everybody in, open the reviews, and let them work until `end`."""
        newcomer.join(self._person(ADMINISTRATOR), self._person(NEWCOMER), self.cluster.mail.folder / "box")
        # One after the other: until a password is checked, an attempt counts as a failed one of this address.
        for person in self.people.values():
            person.sign_in()
        for title in (MAIN, DAILY, *ASKED):
            self.reviews[title] = self._open(title)
        for number, name in enumerate(SAVERS, start=1):
            self._all_day(self._save, self.people[name], itertools.count(), number)
        for name in UPLOADERS:
            self._all_day(self._upload, self.people[name])
        self._all_day(self._ask_again, self.people[REVIEWERS[7]])
        self.main_job = Work(self._main_job)

    def end(self) -> None:
        """Let what was begun be finished, and everybody stop. Raises what went wrong in anybody's work."""
        self.main_job.result()
        self.over.set()
        for work in self.going_on:
            work.result()

    def ask_for_dossiers(self, *titles: str) -> list[str]:
        """Let the auditor ask for a dossier of each review; returns their addresses."""
        return [self._ask(self.people[AUDITOR], title) for title in titles]

    def state_of(self, dossier: str) -> str:
        """What the dossier's page says, asked once: `ready`, `failed`, or `unfinished`."""
        page = self.people[AUDITOR].read(dossier)
        return "ready" if "Download the PDF" in page else "failed" if "It could not be made" in page else "unfinished"

    def finish(self, dossier: str) -> None:
        """Wait as people wait: look again, try again when it says so, and read the file back when it is there."""
        person = self.people[AUDITOR]

        def is_ready():
            state = self.state_of(dossier)
            if state == "failed" and person.send(f"{dossier}try-again/", {}).acknowledged:
                self.tried_again.append(dossier)
            return state == "ready"

        if not until(is_ready, PATIENCE_WITH_DOSSIERS, pause=1.5):
            raise AssertionError(f"{dossier} was not made within {PATIENCE_WITH_DOSSIERS} s.")
        if not until(lambda: self._downloaded(person, dossier), PATIENCE):
            raise AssertionError(f"{dossier} is ready and could not be downloaded.")

    def _downloaded(self, person: Person, dossier: str) -> bool:
        content = person.fetch(f"{dossier}download/")
        self.files[dossier] = content
        return hashlib.sha256(content).hexdigest() in person.read(dossier)

    def _person(self, name: str) -> Person:
        return Person(name, self.cluster.url, str(self.cluster.certificate), self.ledger)

    def _all_day(self, act: Callable, *given) -> None:
        def work():
            while not self.over.is_set():
                act(*given)

        self.going_on.append(Work(work))

    # What goes on all day

    def _save(self, person: Person, count: itertools.count, number: int) -> None:
        """Write notes on an item that only this person works on; now and then a comment."""
        item = f"{self.reviews[DAILY]}items/{number}/"
        if not _record(person, item):
            self.over.wait(PAUSE)
        if next(count) % 5 == 0:
            person.send(f"{item}comment/", {"text": (mark := _mark())}, kind="comment", mark=mark)
        self.over.wait(PAUSE)

    def _upload(self, person: Person) -> None:
        content = _evidence()
        _uploaded(person, f"/vendors/{self.cluster.stage['vendor']}/evidence/", content, f"{_mark()}.pdf")
        self.over.wait(PAUSE_OF_UPLOADS)

    def _ask_again(self, person: Person) -> None:
        """Ask for a dossier, wait for it, and ask for the next."""
        with self.only_dossier:
            dossier = self._ask(person, ASKED[0])
            until(
                lambda: self.over.is_set() or self.state_of(dossier) != "unfinished", PATIENCE_WITH_DOSSIERS, pause=1.5
            )
        self.over.wait(PAUSE_OF_UPLOADS * 4)

    def _ask(self, person: Person, title: str) -> str:
        answers = []
        until(
            lambda: answers.append(person.ask_for(f"{self.reviews[title]}dossiers/request/")) or answers[-1], PATIENCE
        )
        if answers[-1] not in self.dossiers:
            self.dossiers.append(answers[-1])
        return answers[-1]

    # The main job: from 47 open statements to a signed dossier

    def _open(self, title: str) -> str:
        stage = self.cluster.stage
        chosen = {"deployment": stage["deployment"], "checklist": stage["checklist"]}
        opened = self.people[LEAD].send(
            "/reviews/new/", chosen | {"title": title} | stage["holders"], kind="open", mark=title
        )
        assert opened.acknowledged, f"The review {title!r} was not opened: {opened.answer}"
        return opened.location

    def _main_job(self) -> None:
        owners = {int(number): owner for number, owner in self.cluster.stage["owners"].items() if owner}
        waiting = {name: queue.SimpleQueue() for name in SIGNERS}
        halves = [list(owners)[start :: len(PREPARERS)] for start in range(len(PREPARERS))]
        preparing = [
            Work(self._prepare, self.people[name], half, owners, waiting)
            for name, half in zip(PREPARERS, halves, strict=True)
        ]
        signing = [Work(self._sign_all, self.people[name], waiting[name]) for name in SIGNERS]
        for work in preparing:
            work.result()
        for each in waiting.values():
            each.put(None)
        for work in signing:
            work.result()
        self._decide()
        with self.only_dossier:
            dossier = self._ask(self.people[AUDITOR], MAIN)
            self.finish(dossier)
        said = words_of(io.BytesIO(self.files[dossier]))
        assert SUM in said, f"The dossier does not say {SUM!r}."
        assert "Yes, byte for byte" in self.people[AUDITOR].compare(self.files[dossier])

    def _prepare(self, person: Person, numbers: list[int], owners: dict[int, str], waiting: dict) -> None:
        """Upload a report, then cite it, write the finding and submit, item after item."""
        library, name = f"/vendors/{self.cluster.stage['vendor']}/evidence/", f"report-{_mark()}"
        _persist("upload", lambda: _uploaded(person, library, _evidence(), f"{name}.pdf"))
        for number in numbers:
            item = f"{self.reviews[MAIN]}items/{number}/"
            _persist(f"cite on {number}", lambda item=item: _cited(person, item, name))
            finding = "not_applicable" if number in NOT_APPLICABLE else "confirmed"
            _persist(f"submit {number}", lambda item=item, finding=finding: _submitted(person, item, finding))
            waiting[owners[number]].put(number)
            time.sleep(PAUSE_OF_THE_MAIN_JOB)

    def _sign_all(self, person: Person, waiting: queue.SimpleQueue) -> None:
        while (number := waiting.get()) is not None:
            _persist(f"sign {number}", lambda number=number: _signed(person, self.reviews[MAIN], number))

    def _decide(self) -> None:
        person, page = self.people[CISO], f"{self.reviews[MAIN]}decision/"

        def decided():
            shown = hidden(person.read(page), "shown")
            forms = {f"conditions-{name}_FORMS": count for name, count in (("TOTAL", 5), ("INITIAL", 0))}
            values = {"outcome": "go", "reason": (mark := _mark()), "shown": shown, "password": PASSWORD}
            return person.send(page, values | forms, kind="decide", mark=mark).acknowledged

        _persist("decide", decided)


def _persist(what: str, step: Callable[[], object]) -> None:
    """Do a step until it is done. Each step looks first whether the last try was carried out after all."""
    if not until(step, PATIENCE):
        raise AssertionError(f"It was not possible to {what} within {PATIENCE} s.")


def _record(person: Person, item: str) -> bool:
    version = hidden(person.read(item), "version")
    if not version:
        return False
    values = {"finding": "", "notes": (mark := _mark()), "version": version}
    return person.send(f"{item}record/", values, kind="save", mark=mark).acknowledged


def _uploaded(person: Person, library: str, content: bytes, name: str) -> bool:
    sent = person.send(
        library,
        {"kind": "other", "confidentiality": "confidential"},
        kind="upload",
        mark=hashlib.sha256(content).hexdigest(),
        files={"files": (name, content, "application/pdf")},
    )
    # As a browser does: the page says what is in the library now, and says so once.
    person.read(library)
    return sent.acknowledged


def _cited(person: Person, item: str, title: str) -> bool:
    if title in person.read(item):
        return True
    evidence = option(person.read(f"{item}cite/"), title)
    values = {"evidence": evidence, "locator": (mark := _mark())}
    return bool(evidence) and person.send(f"{item}cite/", values, kind="cite", mark=mark).acknowledged


def _submitted(person: Person, item: str, finding: str) -> bool:
    page = person.read(item)
    version = hidden(page, "version")
    if not version:
        return bool(page)  # There is no form any more: it was submitted before.
    values = {"finding": finding, "notes": (mark := _mark()), "version": version, "and_submit": "1"}
    if finding == "not_applicable":
        values["reason"] = "Outside of what we use."
    return person.send(f"{item}record/", values, kind="save", mark=mark).acknowledged


def _signed(person: Person, review: str, number: int) -> bool:
    item = f"{review}items/{number}/"
    page = person.read(item)
    shown = hidden(page, "shown")
    if not shown:
        return bool(page)
    mark = f"{review.strip('/').rpartition('/')[2]}/{number}"
    return person.send(f"{item}sign/", {"shown": shown, "password": PASSWORD}, kind="sign", mark=mark).acknowledged


def _mark() -> str:
    return uuid.uuid4().hex


def _evidence() -> bytes:
    """A PDF by its content, of a size that takes a while, like no other."""
    least, most = EVIDENCE_BYTES
    size = least + int.from_bytes(os.urandom(3)) % (most - least)
    return b"%PDF-1.7\n% made up\n" + os.urandom(size) + b"\n%%EOF\n"
