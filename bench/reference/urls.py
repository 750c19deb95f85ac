"""Which address does what?"""

from django.urls import path

from bench.reference import views

urlpatterns = [
    path("", views.home),
    path("ready/", views.ready),
    path("reviews/", views.reviews),
    path("reviews/<slug:slug>/", views.review),
    path("reviews/<slug:slug>/dossier/", views.request_dossier),
    path("items/<int:pk>/", views.item),
    path("items/<int:pk>/save/", views.save),
    path("items/<int:pk>/sign/", views.sign),
    path("vendors/<int:pk>/upload/", views.upload),
]
