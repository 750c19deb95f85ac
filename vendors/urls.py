"""Which address leads to which page of vendors?"""

from django.urls import path

from vendors import views

app_name = "vendors"

urlpatterns = [
    path("vendors/", views.vendors, name="vendors"),
    path("vendors/new/", views.vendor_new, name="vendor_new"),
    path("vendors/<slug:slug>/", views.vendor, name="vendor"),
    path("vendors/<slug:slug>/edit/", views.vendor_edit, name="vendor_edit"),
    path("vendors/<slug:slug>/deployments/new/", views.deployment_new, name="deployment_new"),
    path("vendors/<slug:slug>/deployments/<int:pk>/", views.deployment, name="deployment"),
    path("vendors/<slug:slug>/contacts/new/", views.contact_new, name="contact_new"),
    path("vendors/<slug:slug>/contacts/<int:pk>/edit/", views.contact_edit, name="contact_edit"),
    path("vendors/<slug:slug>/contacts/<int:pk>/delete/", views.contact_delete, name="contact_delete"),
    path("vendors/<slug:slug>/facts/new/", views.fact_new, name="fact_new"),
    path("vendors/<slug:slug>/facts/<int:pk>/edit/", views.fact_edit, name="fact_edit"),
    path("vendors/<slug:slug>/facts/<int:pk>/delete/", views.fact_delete, name="fact_delete"),
    path("vendors/<slug:slug>/access/give/", views.access_give, name="access_give"),
    path("vendors/<slug:slug>/access/take/", views.access_take, name="access_take"),
]
