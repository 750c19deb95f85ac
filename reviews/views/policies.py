"""What does the browser get of a vendor's data classification policy, and of every act on it?"""

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.choices import Role
from accounts.permissions import Refused, ask
from reviews import events, permissions
from reviews.choices import PolicyState
from reviews.forms import SignForm
from reviews.models import Policy
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies, policy_signatures
from reviews.policy.policy_forms import PolicyForm, TakeBackForm
from reviews.recurring.time_forms import ReasonForm
from reviews.views.item import needs_password, reauthenticate
from vendors.choices import DataClass
from vendors.models import Vendor


def _vendor(request, slug):
    return get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)


def _policy(request, slug, number):
    """What one may not see does not exist (rule 23)."""
    visible = Policy.objects.visible_to(request.user).select_related("vendor", "submitted_by")
    return get_object_or_404(visible.prefetch_related("signatures"), vendor__slug=slug, number=number)


def _versions(vendor):
    """Newest first; each knows its vendor, whose name is in its address."""
    return Policy.objects.filter(vendor=vendor).select_related("vendor")


@require_safe
def policy_home(request, slug):
    """The policy in force; without one, the version in work; without that, how to begin."""
    vendor = _vendor(request, slug)
    found = policies.in_force(vendor) or policies.in_work(vendor)
    return _page(request, found) if found else _none(request, vendor)


def _none(request, vendor):
    versions = _versions(vendor)
    context = {
        "vendor": vendor,
        "versions": versions,
        "no_write": permissions.can_write_policy(request.user, vendor.pk).reason,
    }
    return render(request, "reviews/policy_none.html", context)


@require_safe
def policy(request, slug, number):
    return _page(request, _policy(request, slug, number))


def _page(request, policy, status=200, **given):
    """Everything the page prints. `given` forms replace fresh ones, so that nothing typed is lost."""
    user, vendor = request.user, policy.vendor
    prefetch_related_objects([policy], "signatures")
    context = {
        "policy": policy,
        "vendor": vendor,
        "said": policies.as_it_reads(policy),
        "levels": policies.in_lines(policy),
        "state_words": policies.state_in_words(policy),
        "late": policy.state == PolicyState.IN_FORCE and policies.is_late(policy),
        "deployments": carried(policy, vendor.deployments.all()),
        "classes": [each.label for each in DataClass],
        "versions": _versions(vendor),
        "work": policies.in_work(vendor),
        "signatures": _signatures(user, policy),
        "taken_back": [row for row in policy.signatures.all() if row.reason],
        "writers": policy.writers.order_by("name"),
        "no_write": permissions.can_write_policy(user, vendor.pk).reason,
        "no_end": permissions.can_end_policy(user, policy).reason,
        "no_take_back": permissions.can_take_back_policy(user, policy).reason,
        "reason_form": ReasonForm(auto_id="reason_%s"),
        "return_form": ReasonForm(auto_id="return_%s"),
        **events.history(policy),
    }
    if policy.state == PolicyState.DRAFT:
        context["hindrances"] = policies.hindrances(policy)
    if policy.state == PolicyState.AWAITING:
        context |= _signing(request, policy)
    return render(request, "reviews/policy.html", context | given, status=status)


def carried(policy, deployments):
    """A line for each deployment: what it may carry by the policy, and what it is meant to carry beyond it."""
    return [
        {
            "deployment": deployment,
            "cells": [
                (data_class.label, may, data_class in deployment.data_classes)
                for data_class, may, _ in policies.allows(policy, deployment)
            ],
            "warning": policies.warning(deployment, policy),
        }
        for deployment in deployments
    ]


def _signatures(user, policy):
    """A line for each of the three: the signature, and what withdraws it."""
    given = policies.signed(policy) if policies.is_frozen(policy) else {}
    open_to_change = policy.state in {PolicyState.AWAITING, PolicyState.IN_FORCE}
    lines = []
    for role in POLICY_SIGNERS:
        row = given.get(role)
        may = row and open_to_change and permissions.can_withdraw_policy_signature(user, policy, row)
        form = ReasonForm(auto_id=f"withdraw_{role}_%s") if may else None
        lines.append({"role": role, "label": Role(role).label, "row": row, "form": form})
    return lines


def _signing(request, policy):
    role, reason = policy_signatures.role_to_sign(policy, by=request.user)
    if role is None:
        return {"sign_reason": reason}
    shown = policy_signatures.shown(policy, role, to=request.user)
    return {
        "sign_role": role,
        "meaning": policy_signatures.words(policy, role, by=request.user),
        "sign_form": SignForm(initial={"shown": shown}, needs_password=needs_password(request)),
    }


@require_POST
def policy_begin(request, slug):
    """The next version: from the one whose number is sent, else from the four levels of the source."""
    vendor = _vendor(request, slug)
    ask(permissions.can_write_policy(request.user, vendor.pk))
    number = request.POST.get("from", "")
    source = _policy(request, slug, int(number)) if number.isdecimal() and len(number) < 9 else None
    try:
        policy = policies.begin(vendor, by=request.user, from_policy=source)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("reviews:policy_home", slug)
    messages.success(request, f"Version {policy.number} is a draft. Change what is not so here, then submit it.")
    return redirect("reviews:policy_edit", slug, policy.number)


@require_http_methods(["GET", "POST"])
def policy_edit(request, slug, number):
    policy = _policy(request, slug, number)
    ask(permissions.can_write_policy(request.user, policy.vendor_id))
    if policy.state != PolicyState.DRAFT:
        messages.error(request, f"Version {number} is {policy.get_state_display().lower()}; only a draft changes.")
        return redirect(policy)
    form = PolicyForm(request.POST or None, policy=policy)
    context = {"form": form, "policy": policy, "vendor": policy.vendor}
    if request.method == "POST" and form.is_valid():
        try:
            policies.change(policy, by=request.user, version=form.cleaned_data["version"], **form.values)
        except policies.Stale as stale:
            messages.error(request, str(stale))
            context |= {"form": _on_newest(form, stale), "stale": _differences(form, stale.newest)}
            return render(request, "reviews/policy_form.html", context, status=422)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect(policy)
    return render(request, "reviews/policy_form.html", context, status=422 if form.errors else 200)


def _on_newest(form, stale):
    """What was typed, now based on the newest version: saving again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = stale.newest.version
    return PolicyForm(data, policy=stale.newest)


def _differences(form, newest):
    typed = policies.content_of(newest) | form.values
    typed["valid_until"] = typed["valid_until"].isoformat() if typed["valid_until"] else None
    both = policies.differences(policies.content_of(newest), typed)
    return [{"label": label, "theirs": theirs, "yours": yours} for label, theirs, yours in both]


@require_POST
def policy_submit(request, slug, number):
    policy = _policy(request, slug, number)
    ask(permissions.can_write_policy(request.user, policy.vendor_id))
    return _act(request, policy, policies.submit, "Submitted: the CISO, legal and the compliance officer sign it now.")


@require_POST
def policy_take_back(request, slug, number):
    policy = _policy(request, slug, number)
    ask(permissions.can_take_back_policy(request.user, policy))
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing changed. {form.errors['reason'][0]}")
        return _page(request, policy, 422)
    return _act(request, policy, policies.take_back, "It is a draft again.", reason=form.cleaned_data["reason"])


@require_POST
def policy_sign(request, slug, number):
    policy = _policy(request, slug, number)
    role = request.POST.get("role", "")
    if role in POLICY_SIGNERS and policy.state == PolicyState.AWAITING:
        ask(permissions.can_sign_policy(request.user, policy, Role(role)))
    ask(permissions.can_answer_policy(request.user, policy))
    form = SignForm(request.POST, needs_password=needs_password(request))
    if not form.is_valid() or role not in POLICY_SIGNERS:
        wrong = next(iter(form.errors.values()), ["Open the page again and sign there."])
        messages.error(request, f"Not signed. {wrong[0]}")
        return _page(request, policy, 422)
    try:
        reauthenticate(request, form)
        policy_signatures.sign(policy, by=request.user, role=Role(role), shown=form.cleaned_data["shown"])
    except policy_signatures.Changed as changed:
        messages.error(request, str(changed))
        return _page(request, _policy(request, slug, number), 422, differences=changed.differences)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _policy(request, slug, number), 422)
    policy = _policy(request, slug, number)
    done = "All three have: it is in force." if policy.state == PolicyState.IN_FORCE else "Others still have to sign."
    messages.success(request, f"Signed. {done}")
    return redirect(policy)


@require_POST
def policy_withdraw_signature(request, slug, number, role):
    if role not in POLICY_SIGNERS:
        raise Http404
    policy = _policy(request, slug, number)
    row = policies.signed(policy).get(role)
    ask(
        permissions.can_withdraw_policy_signature(request.user, policy, row)
        if row
        else permissions.can_answer_policy(request.user, policy)
    )
    return _act_with_reason(
        request, policy, policy_signatures.withdraw, "The signature is withdrawn: the policy counts no more.", role=role
    )


@require_POST
def policy_give_up(request, slug, number):
    policy = _policy(request, slug, number)
    ask(permissions.can_write_policy(request.user, policy.vendor_id))
    return _act_with_reason(request, policy, policies.withdraw_draft, "The draft is given up.")


@require_POST
def policy_end(request, slug, number):
    policy = _policy(request, slug, number)
    ask(permissions.can_end_policy(request.user, policy))
    return _act_with_reason(request, policy, policies.end, "The policy has ended.")


def _act_with_reason(request, policy, act, done, **said):
    form = ReasonForm(request.POST, auto_id="reason_%s")
    if not form.is_valid():
        messages.error(request, f"Nothing changed. {form.errors['reason'][0]}")
        return _page(request, policy, 422, reason_form=form)
    return _act(request, policy, act, done, reason=form.cleaned_data["reason"], **said)


def _act(request, policy, act, done, **said):
    try:
        act(policy, by=request.user, **said)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _policy(request, policy.vendor.slug, policy.number), 422)
    messages.success(request, done)
    return redirect("reviews:policy", policy.vendor.slug, policy.number)
