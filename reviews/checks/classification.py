"""Is it agreed which data may go in? (gap 1 of the source)"""

from evidence.validity import in_words
from reviews.checks.found import Found
from reviews.policy import policies


def find(ground):
    """Fires without a policy in force, on classes it does not allow on the channel, and past the day to look at it again."""
    vendor, deployment, policy = ground.review.vendor, ground.deployment, ground.policy
    url = f"{vendor.get_absolute_url()}policy/"
    if policy is None:
        yield Found(
            why=f"No data classification policy is in force for {vendor.name}: nobody has agreed on which data it may be given.",
            next_step="Draft the one-page policy and have CISO, legal and compliance officer sign it.",
            url=url,
            facts={"policy": None, "carries": sorted(deployment.data_classes)},
        )
        return
    facts = {"policy": policy.number, "carries": sorted(deployment.data_classes), "channel": deployment.channel}
    if words := policies.warning(deployment, policy):
        yield Found(
            subject="beyond",
            title="More data than the policy allows",
            why=words,
            next_step="Take these data out of the deployment, or have the policy changed and signed again.",
            url=url,
            facts=facts,
        )
    if policies.is_late(policy, ground.today):
        yield Found(
            subject="late",
            title="The data classification policy is due to be looked at again",
            why=f"The policy, version {policy.number}, was to be looked at again by {in_words(policy.valid_until)}.",
            next_step="Look at the policy again and have the next version signed.",
            url=url,
            facts=facts | {"by": policy.valid_until.isoformat()},
        )
