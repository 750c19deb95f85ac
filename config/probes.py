"""Which addresses answer machines, before everything that is meant for people?

A load balancer asks by number over plain HTTP: no redirect to https, no allowed
host, no session and no page stands before these.
"""

from django.conf import settings
from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import add_never_cache_headers

from config import health

READING = ("GET", "HEAD")


def live(request):
    """The process answers. Touches nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


def ready(request):
    """200 when people can be served, else 503; what they can do without is said, and takes no web host away."""
    found = health.checks()
    serving = health.ready(found)
    status = ("ready" if all(check.ok for check in found) else "degraded") if serving else "not ready"
    checks = {check.name: {"ok": check.ok, "words": check.words} for check in found}
    return JsonResponse({"status": status, "checks": checks}, status=200 if serving else 503)


def figures(request):
    # Whoever wants no figures carries none of what counts them.
    from config import metrics

    return metrics.page(request)


PROBES = {"/livez": live, "/readyz": ready} | ({"/metrics": figures} if settings.METRICS_TOKEN else {})


def probes(get_response):
    def middleware(request):
        probe = PROBES.get(request.path_info)
        if probe is None:
            return get_response(request)
        response = probe(request) if request.method in READING else HttpResponseNotAllowed(READING)
        add_never_cache_headers(response)
        return response

    return middleware
