"""Which address leads to which page of the help?"""

from django.urls import path

from config import help_views

app_name = "help"

urlpatterns = [
    path("", help_views.overview, name="overview"),
    path("glossary/", help_views.glossary, name="glossary"),
    path("rules/", help_views.rules, name="rules"),
    path("tour/", help_views.tour, name="tour"),
]
