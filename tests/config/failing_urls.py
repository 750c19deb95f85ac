"""A page that fails over what it was sent; tests put it in the place of the URLconf."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousOperation
from django.urls import path

from accounts.models import User


@login_not_required
def fail(request, name):
    typed = request.POST["finding"]
    try:
        # The database's complaint quotes the row, and int() what it was given.
        User.objects.create_user(typed, name="First")
        User.objects.create_user(typed, name="Second")
    except Exception as error:
        raise ValueError(f"The finding is: {typed}") from error


@login_not_required
def suspect(request, name):
    raise SuspiciousOperation(f"Somebody typed {name}")


urlpatterns = [path("fail/<str:name>/", fail, name="fail"), path("suspect/<str:name>/", suspect, name="suspect")]
