"""Can people write down, change and settle in the browser that sources disagree?"""

import datetime
import re

from reviews import conflicts
from reviews.conflicts import Side
from reviews.models import Conflict
from tests.cast import item, submit
from tests.reviews.conftest import address, field, text_of

DAY = datetime.date(2026, 1, 1)


def typed(title="Days of notice", **sides):
    """What the form sends: a side for each source, by name."""
    sent = {"sides-TOTAL_FORMS": 3, "sides-INITIAL_FORMS": 0, "title": title, "version": 0}
    for number, (source, (rank, says)) in enumerate(sides.items()):
        row = {"rank": rank, "source": source, "says": says, "dated": "2026-01-01"}
        sent |= {f"sides-{number}-{name}": value for name, value in row.items()}
    return sent


def disagree(review, by):
    sides = [Side("article", "Blog", "30 days", DAY), Side("contract", "Contract", "72 hours", DAY)]
    return conflicts.open_conflict(item(review, 1), by=by, title="Days of notice", sides=sides)


def test_a_conflict_is_written_down_shown_in_order_of_rank_and_settled(browser_of, small, reviewer, evidence):
    browser = browser_of(reviewer)
    sent = typed(Blog=("article", "30 days"), Contract=("contract", "72 hours"))
    text = text_of(browser.post(address(small, 1, "conflicts/new/"), sent, follow=True))
    assert text.index("72 hours") < text.index("30 days")
    assert "Sources disagree: “Days of notice”." in text
    conflict = Conflict.objects.get()
    first = conflict.ranked[0]
    act = address(small, 1, f"conflicts/{conflict.pk}/settle/")
    refused = browser.post(act, {"prevails": first.pk, "version": 1, "resolution": " "})
    assert refused.status_code == 422
    assert "Say why this source prevails." in text_of(refused)
    text = text_of(browser.post(act, {"prevails": first.pk, "version": 1, "resolution": "Signed."}, follow=True))
    assert "Settled by Reviewer" in text
    submit(item(small, 1), reviewer, evidence)
    assert "finding, notes, 1 evidence version and 1 settled source conflict as shown." in text_of(
        browser.get(address(small, 1))
    )
    assert "Sources disagree: “Days of notice”." not in text


def test_what_was_typed_stays_when_it_is_no_conflict(browser_of, small, reviewer):
    page = browser_of(reviewer).post(address(small, 1, "conflicts/new/"), typed(Blog=("article", "30 days")))
    assert page.status_code == 422
    assert "A conflict needs at least two sources" in text_of(page)
    assert ">\n30 days</textarea>" in page.content.decode()


def test_a_source_is_taken_out_by_emptying_its_row(browser_of, small, reviewer):
    conflict, browser = disagree(small, reviewer), browser_of(reviewer)
    form = browser.get(address(small, 1, f"conflicts/{conflict.pk}/"))
    sent = typed(Page=("vendor_page", "48 hours"), Contract=("contract", "72 hours"))
    sent |= {"version": field(form, "version"), "sides-INITIAL_FORMS": 2}
    browser.post(address(small, 1, f"conflicts/{conflict.pk}/"), sent)
    sent |= {"version": 2}
    refused = browser.post(
        address(small, 1, f"conflicts/{conflict.pk}/"), sent | {f"sides-1-{name}": "" for name in SIDE}
    )
    assert "A conflict needs at least two sources" in text_of(refused)
    assert [side.source for side in Conflict.objects.get().ranked] == ["Contract", "Page"]


SIDE = ("rank", "source", "says", "dated")


def test_two_who_change_it_at_once_see_both_texts(browser_of, small, reviewer):
    conflict, browser = disagree(small, reviewer), browser_of(reviewer)
    newer = [Side("article", "Blog", "60 days", DAY), Side("contract", "Contract", "72 hours", DAY)]
    conflicts.change(conflict, by=reviewer, version=1, title="Notice", sides=newer)
    sent = typed(Blog=("article", "90 days"), Contract=("contract", "72 hours")) | {"version": 1}
    page = browser.post(address(small, 1, f"conflicts/{conflict.pk}/"), sent)
    assert page.status_code == 422
    text = text_of(page)
    assert "60 days" in text
    assert "90 days" in text
    assert field(page, "version") == "2"


def test_a_conflict_of_another_item_is_not_there(browser_of, small, reviewer):
    conflict = disagree(small, reviewer)
    assert browser_of(reviewer).get(address(small, 2, f"conflicts/{conflict.pk}/")).status_code == 404


def test_the_decision_page_says_what_keeps_from_approving(browser_of, small, reviewer, ciso):
    disagree(small, reviewer)
    page = browser_of(ciso).get(f"{small.get_absolute_url()}decision/")
    assert re.search(r"Sources disagree about .*?>1</a>: until somebody says which prevails", page.content.decode())
