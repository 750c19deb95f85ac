"""Which address leads to which page of evidence?"""

from django.urls import path

from evidence import views

app_name = "evidence"

urlpatterns = [
    path("vendors/<slug:slug>/evidence/", views.library_page, name="library"),
    path("vendors/<slug:slug>/evidence/link/", views.link_add, name="add_link"),
    path("evidence/", views.evidence_list, name="all"),
    path("evidence/<int:pk>/", views.evidence_page, name="evidence"),
    path("evidence/<int:pk>/correct/", views.evidence_correct, name="correct"),
    path("evidence/<int:pk>/versions/new/", views.version_new, name="version_new"),
    path("evidence/<int:pk>/versions/<int:number>/download/", views.version_download, name="download"),
    path("evidence/<int:pk>/withdraw/", views.evidence_withdraw, name="withdraw"),
    path("evidence/<int:pk>/restore/", views.evidence_restore, name="restore"),
]
