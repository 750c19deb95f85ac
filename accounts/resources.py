"""What may a spreadsheet of people, and of what each may do about which vendor, contain?"""

from import_export import fields, resources, widgets

from accounts import site


class PersonResource(resources.Resource):
    """One row for each person, with their access to vendors in words: `accesses` is `{person's id: text}`."""

    name = fields.Field("name", "Name")
    email = fields.Field("email", "E-mail address")
    role = fields.Field("get_role_display", "Role")
    state = fields.Field(None, "State")
    last_login = fields.Field("last_login", "Last sign-in", widgets.DateTimeWidget(coerce_to_string=False))
    joined = fields.Field("date_joined", "Added", widgets.DateTimeWidget(coerce_to_string=False))
    access = fields.Field(None, "Access")
    page = fields.Field(None, "Page")

    sheet = "People"
    looks = {
        "name": {"width": 28},
        "email": {"width": 32},
        "access": {"width": 60},
        "page": {"width": 34, "link": True},
    }

    def __init__(self, accesses):
        super().__init__()
        self.accesses = accesses

    def dehydrate_state(self, person):
        return "Active" if person.is_active else "Deactivated"

    def dehydrate_access(self, person):
        return self.accesses.get(person.pk, "")

    def dehydrate_page(self, person):
        return site.link(person.get_absolute_url())


class GrantResource(resources.Resource):
    """One row for each access of a person to a vendor, of `grants.rows()`."""

    name = fields.Field("user__name", "Name")
    email = fields.Field("user__email", "E-mail address")
    role = fields.Field("user__get_role_display", "Role")
    state = fields.Field(None, "State")
    vendor = fields.Field("content_object__name", "Vendor")
    access = fields.Field("access__label", "Access")

    sheet = "Access"
    looks = {
        "name": {"width": 28},
        "email": {"width": 32},
        "vendor": {"width": 28},
        "access": {"width": 50},
    }

    def dehydrate_state(self, grant):
        return "Counts" if grant.user.is_active else "Counts for nothing: the person is deactivated"
