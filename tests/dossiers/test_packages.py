"""One ZIP of a review to hand on: what is in it, what is withheld, and what when a file or a right is gone."""

import hashlib
import io
import json
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts import grants
from accounts.choices import Access
from audit.models import Event
from config import failed_tasks
from dossiers import lost, making, package_contents, packages, requests, verification
from dossiers.choices import State
from dossiers.models import Dossier, Package
from dossiers.tasks import make_package
from evidence.models import Evidence, Version
from reviews import findings
from tests.cast import add_evidence, item


@pytest.fixture
def checklist(one_statement):
    return one_statement


@pytest.fixture
def twin(vendor, reviewer):
    """Called like another one, but for the case."""
    return add_evidence(vendor, reviewer, "soc 2 type ii report", confidentiality="confidential")


@pytest.fixture
def cited(review, reviewer, soc2, twin, page):
    """A review that cites a report under NDA, a confidential one of nearly the same name, and a public page."""
    for evidence in (soc2, twin, page):
        findings.cite(item(review, 1), evidence, by=reviewer)
    return review


def made(review, by):
    package = packages.request(review, by=by)
    make_package(package.pk)
    return Package.objects.with_all().get(pk=package.pk)


def opened(package, files_dir):
    return zipfile.ZipFile(files_dir / package.file.name)


def signed_in(client, user):
    client.force_login(user)
    return client


def download(package):
    return reverse("dossiers:package_download", args=[package.pk])


def test_a_package_holds_all_that_its_requester_may_take_out_with_every_hash(
    cited, lead, client, soc2, twin, page, files_dir
):
    package = made(cited, lead)
    assert (package.state, package.error, package.percent) == (State.READY, "", 100)
    archive = opened(package, files_dir)
    evidence = [
        f"evidence/{soc2.pk:04}-v2-soc-2-type-ii-report.pdf",
        f"evidence/{twin.pk:04}-v1-soc-2-type-ii-report.pdf",
    ]
    assert archive.namelist() == ["README.txt", "manifest.json", "SHA256SUMS", "dossier.pdf", "sheet.xlsx", *evidence]
    assert archive.testzip() is None
    digests = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert sums == {name: digest for name, digest in digests.items() if name != "SHA256SUMS"}

    manifest = json.loads(archive.read("manifest.json"))
    assert manifest == package.manifest
    assert {entry["name"]: (entry["sha256"], entry["size"]) for entry in manifest["files"]} == {
        name: (digests[name], archive.getinfo(name).file_size)
        for name in ("README.txt", "dossier.pdf", "sheet.xlsx", *evidence)
    }
    assert [
        (entry["title"], entry["version"], entry["cited_by"]) for entry in manifest["files"] if "evidence" in entry
    ] == [
        ("SOC 2 Type II report", 2, [1]),
        ("soc 2 type ii report", 1, [1]),
    ]
    assert manifest["counts"] | {"bytes": 0} == {
        "statements": 1, "files": 5, "bytes": 0, "evidence_files": 2, "links": 1, "withheld": 0,
    }  # fmt: skip
    assert [link["address"] for link in manifest["links"]] == ["https://trust.example.com/encryption"]
    assert "WITHHELD" not in archive.read("README.txt").decode()

    sheet = load_workbook(io.BytesIO(archive.read("sheet.xlsx"))).worksheets[0]
    assert [cell.value for cell in sheet["A"]] == ["Item", f"1. {item(cited, 1).statement.text}"]

    # The PDF in it is one of ours, and of the same moment.
    dossier = package.dossier
    assert (dossier.sha256, dossier.snapshot_at, dossier.state) == (
        digests["dossier.pdf"],
        package.snapshot_at,
        State.READY,
    )
    assert (files_dir / dossier.file.name).read_bytes() == archive.read("dossier.pdf")
    assert [label for label, wrong in verification.packages() if not wrong] == [f"package {package.pk}"]

    response = signed_in(client, lead).get(download(package))
    assert b"".join(response.streaming_content) == (files_dir / package.file.name).read_bytes()
    day = timezone.localdate(package.snapshot_at).isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="package-{cited.slug}-{day}-{package.pk}.zip"'
    said = Event.objects.filter(
        event_type__in=["evidence.read", *(f"package.{act}" for act in ("requested", "made", "downloaded"))]
    )
    assert list(said.order_by("pk").values_list("event_type", "target_label", "actor_name")) == [
        ("package.requested", str(package), "Lead"),
        ("package.made", str(package), "Lead"),
        ("package.downloaded", str(package), "Lead"),
        ("evidence.read", "SOC 2 Type II report, version 2", "Lead"),
        ("evidence.read", "soc 2 type ii report, version 1", "Lead"),
    ]


def test_what_one_may_not_take_out_is_named_with_its_hash_and_the_reason(cited, auditor, soc2, page, files_dir):
    Evidence.objects.filter(pk=page.pk).update(confidentiality="restricted")
    package = made(cited, auditor)
    archive = opened(package, files_dir)
    assert not [name for name in archive.namelist() if "v2" in name]
    reason = "Under NDA: only a review lead or a stakeholder of this vendor may take it out."
    assert [(row["title"], row["sha256"], row["reason"]) for row in package.manifest["withheld"]] == [
        (row.title, row.current.sha256, reason) for row in (soc2, page)
    ]
    readme = archive.read("README.txt").decode()
    assert "The review cites 2 more that are not in here:" in readme
    assert f"SOC 2 Type II report, version 2. Cited by statement 1.\n        {reason}" in readme
    for name in archive.namelist():
        assert b"https://trust.example.com/encryption" not in archive.read(name)


def test_files_that_are_not_what_was_stored_fail_it_whole_and_are_named(cited, lead, soc2, twin, files_dir):
    before = set(files_dir.rglob("*.*"))
    (files_dir / soc2.current.file.name).unlink()
    stored = files_dir / twin.current.file.name
    stored.write_bytes(stored.read_bytes()[:-1] + b"X")
    package = made(cited, lead)
    assert package.state == State.FAILED
    assert package.error.startswith("Not all evidence is as it was stored, so no package was made.")
    assert "“SOC 2 Type II report, version 2”: The file is missing from the storage." in package.error
    assert "“soc 2 type ii report, version 1”: The file in the storage has other contents" in package.error
    assert set(files_dir.rglob("*.*")) == before
    assert not Dossier.objects.exists()
    assert Event.objects.filter(event_type="evidence.damaged").count() == 2


def test_too_much_evidence_is_refused_with_the_sum(cited, lead):
    Version.objects.filter(link="").update(size=packages.LARGEST)
    assert "takes 3.7\xa0GB, and a package holds at most 1.9\xa0GB." in made(cited, lead).error


def test_rights_are_asked_when_it_is_made_and_when_it_is_fetched(cited, ciso, reviewer, vendor, client, stranger):
    late = packages.request(cited, by=reviewer)
    grants.take(reviewer, Access.REVIEW, vendor)
    make_package(late.pk)
    late.refresh_from_db()
    assert (late.state, late.error) == (State.FAILED, packages.NO_ACCESS)
    assert signed_in(client, reviewer).get(late.get_absolute_url()).status_code == 404

    package = made(cited, ciso)
    for person in (stranger, reviewer):
        assert signed_in(client, person).get(download(package)).status_code == 404
    grants.give(ciso, Access.AUDIT, vendor)
    grants.take(ciso, Access.SIGN, vendor)
    page = signed_in(client, ciso).get(download(package), follow=True).content.decode()
    assert "You may no longer take out “SOC 2 Type II report”, which is in this package." in page
    grants.take(ciso, Access.AUDIT, vendor)
    assert client.get(download(package)).status_code == 404
    assert not Event.objects.filter(event_type__in=["package.downloaded", "evidence.read"]).exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("SOC 2 / ..\\..\\report: <final>?.pdf", "0012-v3-soc-2-report-finalpdf.pdf"),
        ("Stra\u00dfe \u0141\u00f3d\u017a, O\u0308l", "0012-v3-strae-odz-ol.pdf"),
        ("\u202egpj.exe \u05d3\u05d5\u05d7", "0012-v3-gpjexe.pdf"),
        ("CON", "0012-v3-con.pdf"),
        ("報告書", "0012-v3-document.pdf"),
        ("x" * 200, f"0012-v3-{'x' * 60}.pdf"),
    ],
)
def test_names_in_a_package_mean_the_same_on_every_system(title, name):
    version = Version(evidence=Evidence(pk=12, title=title), number=3, content_type="application/pdf")
    assert package_contents.name_of(version) == f"evidence/{name}"


def test_the_button_leads_to_a_page_that_says_how_far_it_is_and_what_came_of_it(client, review, auditor):
    signed_in(client, auditor)
    asked = reverse("dossiers:package_request", args=[review.slug])
    address = client.post(asked).url
    package = Package.objects.get()
    assert (address, client.post(asked).url) == (package.get_absolute_url(), package.get_absolute_url())
    assert 'hx-trigger="every 2s"' in client.get(address).content.decode()
    tab = client.get(reverse("dossiers:review", args=[review.slug])).content.decode()
    assert "Watch the one being made" in tab
    assert client.get(download(package)).url == address
    making._claim(Package, package.pk)
    assert lost.look_after() is None
    requests.fail(Package.objects.get(), making.UNEXPECTED)
    page = client.get(address).content.decode()
    assert "Something unexpected went wrong" in page
    assert "Try again" in page


def test_a_failed_task_is_made_again_for_whoever_asked(review, auditor, administrator):
    first = packages.request(review, by=auditor)
    requests.fail(first, making.UNEXPECTED)
    failed_tasks.make_package_again(first.pk, by=administrator)
    assert list(Package.objects.values_list("state", "requested_by")) == [
        ("queued", auditor.pk),
        ("failed", auditor.pk),
    ]


def test_a_damaged_package_is_not_handed_out(client, review, lead, files_dir):
    package = made(review, lead)
    stored = files_dir / package.file.name
    stored.write_bytes(stored.read_bytes()[:-1] + b"X")
    page = signed_in(client, lead).get(download(package), follow=True).content.decode()
    assert "its SHA-256 differs. It is not handed out." in page
    assert [wrong != "" for _, wrong in verification.packages()] == [True]
    assert (
        "The review cites no evidence that is a file"
        in zipfile.ZipFile(io.BytesIO(stored.read_bytes()[:-1] + b"\0")).read("README.txt").decode()
    )
