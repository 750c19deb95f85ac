"""How does a form look?

Every Django form, ours and those of libraries, is rendered by templates/django/forms/ with Bootstrap's classes, so that
``{{ form }}``, ``{{ form.as_div }}`` and a single ``{{ form.name.as_field_group }}`` look the same everywhere.
"""

from django import forms
from django.forms.renderers import TemplatesSetting

UNSTYLED = (forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput, forms.MultiWidget)


class StyledBoundField(forms.BoundField):
    """A field that gives its widget the class Bootstrap expects and marks it when its value was refused."""

    def build_widget_attrs(self, attrs, widget=None):
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        css = [widget.attrs.get("class", ""), _class_of(widget), "is-invalid" if self.errors else ""]
        if any(css):
            attrs["class"] = " ".join(name for name in css if name)
        return attrs

    @property
    def is_checkbox(self):
        """True for a single tick box, whose label stands after it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def says_optional(self):
        """True when the label says "optional". A form whose fields depend on one another sets ``hide_optional``."""
        return not (self.field.required or getattr(self.form, "hide_optional", False))


def _class_of(widget):
    if isinstance(widget, UNSTYLED):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class Renderer(TemplatesSetting):
    """Looks for form templates among the project's own, then among Django's."""

    bound_field_class = StyledBoundField
