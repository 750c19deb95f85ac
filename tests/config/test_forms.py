"""Does every form say its labels, help and errors to eyes and to screen readers alike?"""

import re
from html.parser import HTMLParser

from django import forms
from django.template.loader import render_to_string


class VendorForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As in the contract.")
    site = forms.URLField(label="Trust centre", required=False, assume_scheme="https")
    finding = forms.ChoiceField(label="Finding", choices=[("a", "Yes"), ("b", "No")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="Agreed", required=False)


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def by_id(self, name):
        return next(attrs for tag, attrs in self.found if attrs.get("id") == name)

    def ids(self):
        return [attrs["id"] for _, attrs in self.found if "id" in attrs]


def test_a_refused_field_is_marked_described_and_keeps_what_was_typed():
    html = Elements(VendorForm({"name": "", "site": "nonsense"}).as_div())
    name, site = html.by_id("id_name"), html.by_id("id_site")
    assert name["aria-invalid"] == "true"
    assert name["class"] == "form-control is-invalid"
    assert set(name["aria-describedby"].split()) == {"id_name_helptext", "id_name_error"}
    assert {"id_name_helptext", "id_name_error"} <= set(html.ids())
    assert site["value"] == "nonsense"


def test_the_summary_of_errors_takes_the_focus_and_leads_to_each_field():
    html = VendorForm({"name": ""}).as_div()
    summary = html[: html.index("cs-field")]
    assert 'role="alert"' in summary
    assert "autofocus" in summary
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets == ["id_name", "id_finding"]
    assert set(targets) <= set(Elements(html).ids())


def test_no_id_stands_twice_on_a_form():
    ids = Elements(VendorForm({"name": ""}).as_div()).ids()
    assert sorted(ids) == sorted(set(ids))


def test_only_fields_that_may_stay_empty_are_called_optional():
    html = VendorForm().as_div()
    assert html.count("cs-optional") == 1
    assert "Trust centre <span" in html


def test_a_form_whose_fields_depend_on_one_another_calls_none_optional():
    class Dependent(VendorForm):
        hide_optional = True

    assert "cs-optional" not in Dependent().as_div()


def test_what_was_typed_is_escaped():
    html = VendorForm({"name": "", "site": '"><script>'}).as_div()
    assert "<script>" not in html


def tile(**values):
    return {
        "number": 3,
        "text": "SOC2 audit is current.",
        "state": "awaiting",
        "state_label": "Awaiting sign-off",
    } | values


def rendered_tiles(*tiles):
    groups = [{"name": "Vendor security", "satisfied": 8, "total": 15, "tiles": tiles}]
    return render_to_string("_tiles.html", {"groups": groups})


def test_a_tile_links_to_its_item_and_is_called_by_statement_and_state():
    html = rendered_tiles(tile(url="/reviews/a/items/3/"))
    assert 'href="/reviews/a/items/3/"' in html
    assert 'aria-label="3: SOC2 audit is current. Awaiting sign-off"' in html
    assert 'aria-label="Vendor security: 8 of 15 satisfied"' in html


def test_a_tile_on_paper_is_no_link():
    html = rendered_tiles(tile(url=""))
    assert "<a" not in html
    assert ">3</span>" in html
