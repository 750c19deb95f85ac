"""Which address leads to which app?"""

from django.urls import include, path

from config import csp_reports

handler400 = "evidence.views.bad_request"
handler500 = "config.failures.failed"

urlpatterns = [
    # First, because it is asked most.
    path("", include("reviews.urls")),
    path("system/", include("config.system_urls")),
    path("help/", include("config.help_urls")),
    path("csp-reports/", csp_reports.collect, name="csp_reports"),
    path("accounts/", include("accounts.sign_in_urls")),
    path("", include("accounts.urls")),
    path("", include("audit.urls")),
    path("", include("vendors.urls")),
    path("", include("evidence.urls")),
    path("", include("dossiers.urls")),
]
