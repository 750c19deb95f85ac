"""What becomes of the addresses in a sheet? Evidence of the vendor: found again, or added as a link; cited once."""

from urllib.parse import urlsplit

from django.urls import Resolver404, resolve

from accounts import site
from accounts.permissions import Refused
from evidence import library
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence

# Nobody has said yet what such a page is, nor who may read it.
KIND, CONFIDENTIALITY = Kind.OTHER, Confidentiality.CONFIDENTIAL
AT_ONCE = 5_000  # addresses; a query holds a limited number of values
# What was withdrawn with these words comes back when a sheet brings the address in again.
UNDONE = "The import that brought it in was undone."


def found(vendor, addresses):
    """`{address: Evidence}` of those the library has: by the address of our own page about it, or as a link."""
    own = {address: pk for address in addresses if (pk := _page_of(address))}
    pages = Evidence.objects.filter(vendor=vendor).with_current().in_bulk(own.values())
    known = library.known_links(vendor, [address for address in addresses if address not in own])
    return known | {address: pages[pk] for address, pk in own.items() if pk in pages}


def _page_of(address):
    """The id of the evidence whose page of ours this is, or None."""
    if not _is_ours(address):
        return None
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return None
    return match.kwargs.get("pk") if match.view_name == "evidence:evidence" else None


def _is_ours(address):
    return urlsplit(address).netloc.casefold() == urlsplit(site.link("/")).netloc.casefold()


def problems(vendor, addresses):
    """`{address: sentence}` of those that cannot become evidence, two queries at most for each AT_ONCE of them."""
    wrong = {}
    for first in range(0, len(addresses), AT_ONCE):
        some = addresses[first : first + AT_ONCE]
        wrong |= _problems(some, found(vendor, some))
    return wrong


def _problems(addresses, known):
    wrong = {address: _problem(address, known.get(address)) for address in addresses}
    return {address: sentence for address, sentence in wrong.items() if sentence}


def _problem(address, evidence):
    if evidence:
        if not evidence.withdrawn_at or evidence.withdrawn_reason == UNDONE:
            return ""
        return f"“{evidence.title}” was withdrawn and proves nothing any more. Restore it in the library first."
    if _is_ours(address):
        return "This is the address of no evidence of this vendor."
    try:
        library.refuse_link(address)
    except Refused as refusal:
        return str(refusal)
    return ""


def brought(vendor, titles, *, by):
    """`({address: Evidence}, [those that came by this])`; a few statements however many there are.

    `titles` is `{address: what the sheet calls it, or ""}`. Raises Refused with the sentence of the first that cannot
    become evidence.
    """
    known = found(vendor, titles)
    for address, sentence in _problems(titles, known).items():
        raise Refused(f"{address}: {sentence}")
    undone = {evidence for evidence in known.values() if evidence.withdrawn_at}
    library.restore_all(undone, by=by)
    for evidence in undone:
        evidence.withdrawn_at, evidence.withdrawn_reason = None, ""
    missing = {address: title for address, title in titles.items() if address not in known}
    added = library.add_links(vendor, missing, by=by, kind=KIND, confidentiality=CONFIDENTIALITY) if missing else {}
    return known | added, [*undone, *added.values()]
