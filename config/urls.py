"""Which address leads to which app?"""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
