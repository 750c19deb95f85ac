"""What does a data classification policy say before anybody has changed a word of it? The four levels of the source."""

from vendors.choices import Channel, DataClass

PURPOSE = (
    "Says which data may be given to {vendor}, by which way in and with what around it. Everybody who uses {vendor} for "
    "work keeps to it. When in doubt, take the next stricter class and ask the review lead."
)

LEVELS = (
    {
        "data_class": DataClass.PUBLIC,
        "meaning": "What anybody may read already, or what is meant for everybody.",
        "examples": "Published web pages and documentation, advertising texts, job offers, descriptions of how we work "
        "that give nothing away.",
        "channels": list(Channel.values),
        "controls": "None beyond an account of the organisation.",
    },
    {
        "data_class": DataClass.INTERNAL,
        "meaning": "What everybody here may know and what would do little harm outside.",
        "examples": "Everyday processes, team lists and organisation charts, notes of meetings that hold nothing "
        "confidential.",
        "channels": [
            Channel.CLAUDE_ENTERPRISE,
            Channel.CLAUDE_API,
            Channel.CLAUDE_CODE,
            Channel.BEDROCK,
            Channel.VERTEX,
        ],
        "controls": "Sign-in through our identity provider, accounts of the organisation only, no sharing of "
        "conversations outside.",
    },
    {
        "data_class": DataClass.CONFIDENTIAL,
        "meaning": "What only some people here may know and what would harm us outside.",
        "examples": "Strategy, financial results before they are published, numbers of customers, figures of the "
        "business, contracts.",
        "channels": [Channel.CLAUDE_API, Channel.BEDROCK, Channel.VERTEX],
        "controls": "A signed Data Processing Addendum, access limited to named people, short retention, no training on "
        "our data, logs that we review.",
    },
    {
        "data_class": DataClass.SENSITIVE,
        "meaning": "What the law or a contract protects by name.",
        "examples": "Personal data of customers, health data, card data, trade secrets.",
        "channels": [],
        "controls": "Only when a contract allows it expressly: audit rights, a BAA for health data, zero retention or "
        "redaction before sending, and a decision of the CISO for each deployment.",
    },
)


def levels():
    """A copy to work on, of plain values."""
    return [{**level, "channels": [str(each) for each in level["channels"]]} for level in LEVELS]
