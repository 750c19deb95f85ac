"""Which address leads to which page of people, profile and settings?"""

from django.urls import path

from accounts import absence_views, views

app_name = "accounts"

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/new/", views.person_new, name="person_new"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/edit/", views.person_edit, name="person_edit"),
    path("people/<int:pk>/invite/", views.person_invite, name="person_invite"),
    path("people/<int:pk>/deactivate/", views.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", views.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/access/give/", views.person_access_give, name="person_access_give"),
    path("people/<int:pk>/access/take/", views.person_access_take, name="person_access_take"),
    path("people/<int:pk>/absences/new/", absence_views.person_absence_new, name="person_absence_new"),
    path("profile/", views.profile, name="profile"),
    path("profile/absences/new/", absence_views.absence_new, name="absence_new"),
    path("absences/<int:pk>/cancel/", absence_views.absence_cancel, name="absence_cancel"),
    path("settings/", views.settings, name="settings"),
    path("settings/office-hours/", views.office_hours, name="office_hours"),
]
