"""What is measured, what does each side have to do for it, and what is to be reached?"""

from collections.abc import Callable
from dataclasses import dataclass

from bench.client import Request

MEGABYTE = 1_000_000
PAGE, DONE = 200, 302
PAGE_QUERIES, SAVE_QUERIES = 12, 10
BOUNDARY = "one-part-ends-here"
NOTES = "Read again, version {version}: the wording is the same as in the annex, and the date is on its first page."


@dataclass(frozen=True)
class Operation:
    """`product` and `reference` prepare and give the next request, of the world and of one of several clients."""

    key: str
    name: str
    person: str
    product: Callable[..., Request]
    reference: Callable[..., Request]
    status: int = PAGE
    ratio: float | None = None  # to reach, product to reference
    queries: int = PAGE_QUERIES
    may_grow: bool = False
    full_from: int = 1  # reviews that fill the page; growth counts from there
    repeats: int = 30  # requests of one client; eight make five each
    repeats_of_eight: int = 5


def _page(path):
    return lambda world, client: Request.get(path(world))


def _save(world, client):
    item = world.open_items[client]
    version = world.version("product", item)
    return Request.post(
        f"/reviews/{world.review.slug}/items/{item.number}/record/",
        finding=item.finding,
        reason=item.reason,
        asked=item.asked,
        asked_of=item.asked_of,
        notes=NOTES.format(version=version),
        version=version,
        save=1,
    )


def _save_by_hand(world, client):
    item = world.open_items[client]
    version = world.version("reference", item)
    return Request.post(
        f"/items/{item.pk}/save/",
        finding=item.finding,
        reason=item.reason,
        asked=item.asked,
        asked_of=item.asked_of,
        notes=NOTES.format(version=version),
        version=version,
    )


def _sign(world, client):
    item = world.wait_for_signature("product", client)
    return Request.post(f"/reviews/{world.review.slug}/items/{item.number}/sign/", shown=world.seal(item))


def _sign_by_hand(world, client):
    item = world.wait_for_signature("reference", client)
    return Request.post(f"/items/{item.pk}/sign/")


def _upload(size, path):
    def request(world, client):
        head, rest = world.file(size)
        fields = "".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (("kind", "policy"), ("confidentiality", "internal"))
        )
        before = (
            f'{fields}--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="policy.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n"
        ).encode() + head
        after = f"\r\n--{BOUNDARY}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(before) + len(rest) + len(after)),
        }
        return Request("POST", path(world), (before, rest, after), headers)

    return request


def _request_dossier(world, client):
    world.give_up_dossiers("product")
    return Request.post(f"/reviews/{world.reviews[client % len(world.reviews)].slug}/dossiers/request/")


def _request_dossier_by_hand(world, client):
    world.give_up_dossiers("reference")
    return Request.post(f"/reviews/{world.reviews[client % len(world.reviews)].slug}/dossier/")


def _library(world):
    return f"/vendors/{world.vendor.slug}/evidence/"


def _library_by_hand(world):
    return f"/vendors/{world.vendor.pk}/upload/"


OPERATIONS = (
    Operation(
        "review",
        "Open a review",
        "lead",
        _page(lambda world: world.review.get_absolute_url()),
        _page(lambda world: f"/reviews/{world.review.slug}/"),
        ratio=4,
    ),
    Operation(
        "reviews",
        "List of reviews",
        "lead",
        _page(lambda _: "/reviews/"),
        _page(lambda _: "/reviews/"),
        ratio=4,
        full_from=100,
    ),
    Operation(
        "home",
        "Home over all reviews, CISO",
        "ciso",
        _page(lambda _: "/"),
        _page(lambda _: "/"),
        ratio=3,
        may_grow=True,
    ),
    Operation(
        "home_lead",
        "Home over all reviews, review lead",
        "lead",
        _page(lambda _: "/"),
        _page(lambda _: "/?working"),
        ratio=3,
        may_grow=True,
    ),
    Operation(
        "item",
        "Item page",
        "ciso",
        _page(lambda world: world.waiting.get_absolute_url()),
        _page(lambda world: f"/items/{world.waiting.pk}/"),
    ),
    Operation(
        "save",
        "Save one item, with its event",
        "reviewer",
        _save,
        _save_by_hand,
        status=DONE,
        ratio=4,
        queries=SAVE_QUERIES,
    ),
    Operation("request", "Request a dossier", "lead", _request_dossier, _request_dossier_by_hand, status=DONE),
    Operation("sign", "Sign an item", "ciso", _sign, _sign_by_hand, status=DONE),
    Operation(
        "upload_1",
        "Upload of 1 MB",
        "reviewer",
        _upload(MEGABYTE, _library),
        _upload(MEGABYTE, _library_by_hand),
        status=DONE,
        repeats=12,
        repeats_of_eight=2,
    ),
    Operation(
        "upload_50",
        "Upload of 50 MB",
        "reviewer",
        _upload(50 * MEGABYTE, _library),
        _upload(50 * MEGABYTE, _library_by_hand),
        status=DONE,
        ratio=1.5,
        repeats=6,
        repeats_of_eight=1,
    ),
)
