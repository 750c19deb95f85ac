"""What may a spreadsheet of a review's questions, or of what recurs, contain?"""

from import_export import fields, resources, widgets

from accounts import site
from reviews import cadence


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
