"""How many statements does a request run? The product's settings with a middleware that counts them.

Only a pass of its own runs under these settings; nothing is timed then.
"""

from django.db import connection

from config.settings import *  # noqa: F403

HEADER = "X-Queries"


def count_queries(get_response):
    def middleware(request):
        count = 0

        def counted(execute, sql, params, many, context):
            nonlocal count
            count += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(counted):
            response = get_response(request)
        response[HEADER] = str(count)
        return response

    return middleware


MIDDLEWARE = ["bench.counting.count_queries", *MIDDLEWARE]  # noqa: F405
