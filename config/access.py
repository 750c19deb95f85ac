"""What does a request leave in the log? (gunicorn's logger, and what it needs to know from Django)"""

from gunicorn.glogging import Logger

from config import logs

REQUEST_ID, ROUTE = "countersign.request_id", "countersign.route"
FIRST_ERROR = 400
# Every open page asks these every two seconds.
OFTEN = {"reviews:live", "reviews:live_review"}


def noted(get_response):
    """Tell the web server which request this was and which route it took."""

    def middleware(request):
        response = get_response(request)
        request.environ[REQUEST_ID], request.environ[ROUTE] = request.id, logs.route(request)
        return response

    return middleware


class AccessLogger(Logger):
    """One line a request, with the name of its route instead of its address; none for what is asked all the time and went well."""

    def access(self, resp, req, environ, request_time):
        # gunicorn's master makes the logger before there are models, which this imports.
        from config.probes import PROBES

        status = int(str(resp.status).split(None, 1)[0])
        method, route = environ.get("REQUEST_METHOD", "-"), environ.get(ROUTE, logs.NO_ROUTE)
        if (environ.get("PATH_INFO") in PROBES or route in OFTEN) and status < FIRST_ERROR:
            return
        sent, seconds = getattr(resp, "sent", 0), round(request_time.total_seconds(), 3)
        self.access_log.info(
            "%s %s %s, %s bytes, %s s",
            *(method, route, status, sent, seconds),
            extra={
                "request_id": environ.get(REQUEST_ID),
                "method": method,
                "route": route,
                "status": status,
                "bytes": sent,
                "seconds": seconds,
            },
        )
