"""Which address leads to which page of dossiers?"""

from django.urls import path

from dossiers import views

app_name = "dossiers"

urlpatterns = [
    path("reviews/<slug:slug>/dossiers/", views.review_dossiers, name="review"),
    path("reviews/<slug:slug>/dossiers/request/", views.dossier_request, name="request"),
    path("dossiers/", views.all_dossiers, name="all"),
    path("dossiers/verify/", views.verify, name="verify"),
    path("dossiers/<int:pk>/", views.dossier_page, name="dossier"),
    path("dossiers/<int:pk>/download/", views.download, name="download"),
    path("dossiers/<int:pk>/try-again/", views.dossier_try_again, name="try_again"),
]
