"""Which address leads to which page of dossiers, papers and packages?"""

from django.urls import path

from dossiers import package_views, paper_views, views

app_name = "dossiers"

urlpatterns = [
    path("reviews/<slug:slug>/dossiers/", views.review_dossiers, name="review"),
    path("reviews/<slug:slug>/dossiers/request/", views.dossier_request, name="request"),
    path("dossiers/", views.all_dossiers, name="all"),
    path("dossiers/verify/", views.verify, name="verify"),
    path("dossiers/<int:pk>/", views.dossier_page, name="dossier"),
    path("dossiers/<int:pk>/download/", views.download, name="download"),
    path("dossiers/<int:pk>/try-again/", views.dossier_try_again, name="try_again"),
    path("reviews/<slug:slug>/packages/request/", package_views.package_request, name="package_request"),
    path("packages/<int:pk>/", package_views.package_page, name="package"),
    path("packages/<int:pk>/download/", package_views.package_download, name="package_download"),
    path("papers/<int:pk>/", paper_views.paper_page, name="paper"),
    path("papers/<int:pk>/download/", paper_views.paper_download, name="paper_download"),
    path("papers/<slug:kind>/<str:subject>/", paper_views.paper_request, name="paper_request"),
]
