"""Which address leads to the System page and its acts?"""

from django.urls import path

from config import system

app_name = "system"

urlpatterns = [
    path("", system.page, name="page"),
    path("tasks/<int:pk>/try-again/", system.task_retry, name="task_retry"),
    path("tasks/<int:pk>/dismiss/", system.task_dismiss, name="task_dismiss"),
    path("test-mail/", system.test_mail, name="test_mail"),
]
