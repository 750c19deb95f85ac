"""What do the pages of vendors, deployments and reviews show of the policy? Their own apps know nothing of it."""

from django import template

from reviews.policy import policies

register = template.Library()


@register.inclusion_tag("reviews/_policy_of.html")
def policy_of(vendor):
    """The section of a vendor's page; whoever sees the vendor sees its policy."""
    return _of(vendor)


@register.inclusion_tag("reviews/_policy_of_deployment.html")
def policy_of_deployment(deployment):
    """What the deployment may carry, as a section of its page."""
    context = _of(deployment.vendor)
    policy = context["policy"]
    if policy:
        context["cells"] = [
            (data_class.label, may, data_class in deployment.data_classes, controls)
            for data_class, may, controls in policies.allows(policy, deployment)
        ]
        context["warning"] = policies.warning(deployment, policy)
    return context


@register.inclusion_tag("reviews/_policy_warning.html")
def policy_warning(deployment, policy):
    """A line above a review whose deployment carries more than the policy in force lets it; else nothing."""
    return {"vendor": deployment.vendor, "warning": policies.warning(deployment, policy)}


def _of(vendor):
    policy = policies.in_force(vendor)
    return {
        "vendor": vendor,
        "policy": policy,
        "work": policies.in_work(vendor),
        "state_words": policies.state_in_words(policy) if policy else "",
        "late": policies.is_late(policy) if policy else False,
    }
