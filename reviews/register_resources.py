"""What may a spreadsheet of a review's questions, of what recurs, or of how all reviews stand contain?"""

from import_export import fields, resources, widgets

from accounts import site
from reviews.dashboard import glance
from reviews.recurring import cadence


class QuestionResource(resources.Resource):
    """One row for each question, read `with_progress`: how it stands and what was answered last."""

    number = fields.Field("number", "Question no.", widgets.IntegerWidget(coerce_to_string=False))
    topic = fields.Field("topic", "Topic")
    text = fields.Field("text", "Question")
    wanted = fields.Field("wanted", "Evidence wanted")
    statements = fields.Field(None, "Statements")
    state = fields.Field("get_state_display", "State")
    asked_on = fields.Field("asked_on", "Asked on", widgets.DateWidget(coerce_to_string=False))
    asked_of = fields.Field("asked_of", "Of whom")
    via = fields.Field("get_via_display", "Through")
    due_on = fields.Field("due_on", "Answer wanted by", widgets.DateWidget(coerce_to_string=False))
    answer = fields.Field(None, "Last answer")
    source = fields.Field(None, "Source of the answer")
    said_on = fields.Field(None, "Dated")
    withdrawn_reason = fields.Field("withdrawn_reason", "Why withdrawn")
    page = fields.Field(None, "Page")

    sheet = "Questions"
    looks = {
        "number": {"width": 10},
        "text": {"width": 60},
        "wanted": {"width": 40},
        "state": {"width": 22},
        "asked_on": {"width": 12},
        "due_on": {"width": 12},
        "answer": {"width": 60},
        "source": {"width": 30},
        "said_on": {"width": 12},
        "page": {"width": 34, "link": True},
    }

    def dehydrate_statements(self, question):
        return ", ".join(str(item.number) for item in question.items.all())

    def dehydrate_answer(self, question):
        return "".join(answer.text for answer in question.last_answers)

    def dehydrate_source(self, question):
        return "".join(answer.source for answer in question.last_answers)

    def dehydrate_said_on(self, question):
        return next((answer.said_on for answer in question.last_answers), None)

    def dehydrate_page(self, question):
        return site.link(question.get_absolute_url())


class ObligationResource(resources.Resource):
    """One row for each obligation, read `with_names` and `with_next`."""

    title = fields.Field("title", "Obligation")
    vendor = fields.Field("vendor__name", "Vendor")
    deployment = fields.Field("deployment__name", "Deployment")
    duty = fields.Field("get_duty_display", "Kind")
    rhythm = fields.Field(None, "How often")
    counted = fields.Field("get_counted_display", "Counted")
    owner = fields.Field("owner__name", "Owner")
    next_on = fields.Field("next_on", "Next date", widgets.DateWidget(coerce_to_string=False))
    first_on = fields.Field("first_on", "First date", widgets.DateWidget(coerce_to_string=False))
    ends_on = fields.Field("ends_on", "Last day", widgets.DateWidget(coerce_to_string=False))
    state = fields.Field("get_state_display", "State")
    state_reason = fields.Field("state_reason", "Why it ended or was not accepted")
    instructions = fields.Field("instructions", "What is to be done")
    escalate_to = fields.Field("escalate_to__name", "Who hears at the third miss")
    page = fields.Field(None, "Page")

    sheet = "Obligations"
    looks = {
        "title": {"width": 40},
        "rhythm": {"width": 24},
        "next_on": {"width": 12},
        "first_on": {"width": 12},
        "ends_on": {"width": 12},
        "state_reason": {"width": 34},
        "instructions": {"width": 50},
        "page": {"width": 34, "link": True},
    }

    def dehydrate_rhythm(self, obligation):
        return cadence.in_words(obligation.every, obligation.unit)

    def dehydrate_page(self, obligation):
        return site.link(obligation.get_absolute_url())


class OverviewResource(resources.Resource):
    """One row for each review, of its Outlook."""

    vendor = fields.Field("review__vendor__name", "Vendor")
    deployment = fields.Field("review__deployment__name", "Deployment")
    title = fields.Field("review__title", "Review")
    recommendation = fields.Field("now__gate__recommendation__label", "Recommendation")
    approval = fields.Field(None, "Approval")
    satisfied = fields.Field("now__gate__satisfied", "Satisfied", widgets.IntegerWidget(coerce_to_string=False))
    needed = fields.Field("now__gate__needed", "Needed", widgets.IntegerWidget(coerce_to_string=False))
    confirmed = fields.Field("now__gate__confirmed", "Confirmed", widgets.IntegerWidget(coerce_to_string=False))
    not_applicable = fields.Field(
        "now__gate__not_applicable", "Not applicable", widgets.IntegerWidget(coerce_to_string=False)
    )
    unconfirmed = fields.Field(
        "now__gate__unconfirmed", "Cannot be confirmed", widgets.IntegerWidget(coerce_to_string=False)
    )
    lapsed = fields.Field(None, "Lapsed")
    total = fields.Field("now__gate__total", "Total", widgets.IntegerWidget(coerce_to_string=False))
    due_on = fields.Field("review__due_on", "Deadline", widgets.DateWidget(coerce_to_string=False))
    lead = fields.Field("review__lead__name", "Lead")
    next_lapse = fields.Field(None, "Next lapse")
    lost_on = fields.Field(None, "Go lost on")
    on_hold_from = fields.Field(None, "Approval on hold from")
    page = fields.Field(None, "Page")

    sheet = "Overview"
    looks = {
        "deployment": {"width": 30},
        "title": {"width": 30},
        "page": {"width": 34, "link": True},
    }

    def dehydrate_approval(self, outlook):
        return glance.APPROVALS[glance.approval_of(outlook)]

    def dehydrate_lapsed(self, outlook):
        return outlook.now.gate.counts["lapsed"]

    def dehydrate_next_lapse(self, outlook):
        return next((step.day for step in outlook.steps if step.lapsing), None)

    def dehydrate_lost_on(self, outlook):
        return outlook.lost and outlook.lost.day

    def dehydrate_on_hold_from(self, outlook):
        return outlook.unapproved and outlook.unapproved.day

    def dehydrate_page(self, outlook):
        return site.link(outlook.review.get_absolute_url())
