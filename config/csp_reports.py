"""What did browsers refuse to load or run on our pages, because the content security policy forbids it?

Browsers send reports by themselves, to anybody who asks them to, so what arrives is counted and never believed. A
report that a page of ours broke is worth a line in the log; nothing of it that could be confidential is: no address
beyond its origin, no sample of the script.
"""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpResponse, UnreadablePostError
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audit.middleware import client_address

logger = logging.getLogger(__name__)

# What arrived is read up to here, bytes; browsers send one or two thousand a report.
LONGEST = 16_384
MOST_AT_ONCE = 20
# Reports from one address and from all together; a page that breaks for everyone sends a great many.
A_MINUTE_FROM_ONE, A_MINUTE = 30, 300
DAYS = 7
DIRECTIVES = (
    *("base-uri", "child-src", "connect-src", "default-src", "fenced-frame-src", "font-src", "form-action"),
    *("frame-ancestors", "frame-src", "img-src", "manifest-src", "media-src", "object-src", "script-src"),
    *("script-src-attr", "script-src-elem", "style-src", "style-src-attr", "style-src-elem", "worker-src"),
)
# Blocked things that have no address.
KEYWORDS = {"inline", "eval", "wasm-eval", "self", "data", "blob", "trusted-types-policy", "trusted-types-sink"}
HOST = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,100}")


@csrf_exempt
@login_not_required
@require_POST
def collect(request):
    """Take reports in both shapes browsers send. The answer is 204 whatever came; nobody is told what was made of it."""
    try:
        # What is longer is cut off, and then is no JSON.
        body = request.read(LONGEST)
    except UnreadablePostError:
        body = b""
    found = list(violations(body))[:MOST_AT_ONCE]
    if found and _taken(found, client_address(request)):
        for directive, blocked, page in found:
            logger.warning("content security policy: %s stopped %s on %s", directive, blocked, page)
    return HttpResponse(status=204)


def violations(body: bytes) -> Iterator[tuple[str, str, str]]:
    """`(directive, origin of what was stopped, name of our page)` of each report that is one."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return
    for report in _reports(sent):
        directive = str(report.get("effectiveDirective") or report.get("effective-directive") or "").split(" ")[0]
        if directive not in DIRECTIVES:
            directive = str(report.get("violated-directive") or "").split(" ")[0]
        if directive in DIRECTIVES:
            blocked = report.get("blockedURL") or report.get("blocked-uri")
            page = report.get("documentURL") or report.get("document-uri")
            yield directive, _origin(str(blocked or "")), _page(str(page or ""))


def _reports(sent) -> Iterator[dict]:
    """`application/csp-report` holds one under its name, `application/reports+json` a list of many kinds."""
    for each in sent if isinstance(sent, list) else [sent]:
        if isinstance(each, dict):
            report = each.get("body") if each.get("type") == "csp-violation" else each.get("csp-report")
            if isinstance(report, dict):
                yield report


def _origin(address: str) -> str:
    if address in KEYWORDS:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return "something"
    if not HOST.fullmatch(parts.netloc) or not parts.scheme.replace("-", "").isalnum():
        return parts.scheme if parts.scheme in KEYWORDS else "something"
    return f"{parts.scheme}://{parts.netloc}"


def _page(address: str) -> str:
    """The name of the page as `config/urls.py` has it: an address can hold what somebody searched for."""
    try:
        return resolve(urlsplit(address).path).view_name or "an unknown page"
    except (ValueError, Resolver404):
        return "an unknown page"


def _taken(found: list, address: str) -> bool:
    """Count the reports, unless there were too many this minute. Without the cache nothing is counted or taken."""
    minute = timezone.now().strftime("%H%M")
    try:
        within = (
            _add(f"csp-all-{minute}", 120, len(found)) <= A_MINUTE
            and _add(f"csp-{address}-{minute}", 120, len(found)) <= A_MINUTE_FROM_ONE
        )
        if within:
            for directive, number in Counter(directive for directive, _, _ in found).items():
                _add(_key(directive, timezone.localdate()), (DAYS + 1) * 24 * 3600, number)
    except Exception:
        logger.info("no reports are taken while the cache does not answer", exc_info=True)
        return False
    return within


def _add(key: str, seconds: int, number: int) -> int:
    cache.add(key, 0, timeout=seconds)
    return cache.incr(key, number)


def last_days() -> dict[str, int]:
    """How many reports each directive had in the last seven days, most first. Raises when the cache does not answer."""
    days = [timezone.localdate() - timedelta(days=back) for back in range(DAYS)]
    keys = {_key(directive, day): directive for directive in DIRECTIVES for day in days}
    counts: Counter = Counter()
    for key, number in cache.get_many(keys).items():
        counts[keys[key]] += number
    return dict(counts.most_common())


def _key(directive: str, day: date) -> str:
    return f"csp-{directive}-{day:%Y-%m-%d}"
