"""May this person do this to a review or an item? The same verdict shows the button and guards the act."""

from accounts import absences, grants
from accounts.choices import CONTRIBUTE, Access, Role
from accounts.permissions import YES, no
from reviews.choices import OPEN, Act, Status
from vendors import permissions


def can_open(user):
    if grants.vendor_ids_with(user, {Access.LEAD}):
        return YES
    return no("Only a review lead of a vendor opens a review.")


def can_plan(user):
    if grants.vendor_ids_with(user, {Access.LEAD}):
        return YES
    return no("Only a review lead of a vendor says what recurs.")


def can_lead(user, review):
    return permissions.can_lead(user, review.deployment.vendor_id)


def can_contribute(user, review):
    return permissions.can_contribute(user, review.deployment.vendor_id)


def can_work_on(user, item):
    return can_contribute(user, item.review)


def can_ask(user, review):
    """Asking the vendor and writing down what they answered is work on the review's items."""
    return can_contribute(user, review)


def can_judge(user, question):
    """Whether an answer suffices is no signature: whoever works on the items may say so, also of what they wrote down."""
    return can_contribute(user, question.review)


def can_escalate(user, review):
    """A letter to the account team is written and sent by the vendor's review lead or by whoever decides (rule 11)."""
    if can_lead(user, review) or can_decide(user, review):
        return YES
    return no("Only the vendor's review lead or the review's CISO writes to the account team.")


def can_edit(user, item):
    """Finding, notes and citations change only while the item is open: what was submitted stays as it was."""
    if item.status not in OPEN:
        waiting = item.status == Status.AWAITING
        first = "Take the submission back" if waiting else "Reopen the item or withdraw the sign-off"
        return no(f"The item is {item.get_status_display().lower()}. {first} to change it.")
    return can_work_on(user, item)


def can_import(user, review):
    """Whoever works on the review's items may bring a sheet of them; what each cell needs is asked cell by cell."""
    return can_contribute(user, review)


def can_apply(user, imported):
    """Rule 5: what a sheet claims is the claim of whoever brought it, so nobody else hands it in."""
    verdict = can_import(user, imported.review)
    if verdict and user.pk != imported.created_by_id:
        return no(f"Only {imported.created_by.name}, who brought the sheet, applies it.")
    return verdict


def can_hand_over(user, item):
    """One's own items one hands to somebody else; those of others the review lead does (rule 2)."""
    return can_work_on(user, item) if item.holder == user else can_lead(user, item.review)


def can_take_role(user, item, role):
    """Whoever works on an item may give it its first role (rule 1); another one the review lead gives."""
    return can_lead(user, item.review) if item.role and item.role != role else can_work_on(user, item)


def can_answer(user, item):
    """Signing, returning and withdrawing are for the owner and whoever acts for them today (rules 2 and 5)."""
    if item.holder is None:
        return no("Nobody owns this item. Give it an owner first; an item without an owner cannot be signed.")
    if not answers_for(user, item.holder):
        return no(f"Only the owner, {_named(item.holder)}, may do this.")
    if Access.SIGN not in grants.on(user, item.review.deployment.vendor_id):
        return _without_access(user, item.holder, "own this item")
    return YES


def can_sign(user, item):
    """Rule 5: the owner, and nobody who submitted, wrote the finding, settled a conflict or uploaded what is cited. No role is exempt."""
    verdict = can_answer(user, item)
    if not verdict:
        return verdict
    if item.submitted_by_id == user.pk:
        return no("You submitted this item. Someone else has to sign it.")
    if item.finding_by_id == user.pk:
        return no("You wrote this finding. Someone else has to sign it.")
    for citation in item.citations.all():
        if user.pk in citation.brought_by:
            is_own = citation.evidence.current.uploaded_by_id == user.pk
            what = "uploaded the cited evidence" if is_own else "recorded the answer that became the cited evidence"
            return no(f"You {what} “{citation.evidence.title}”. Someone else has to sign it.")
    if any(conflict.resolved_by_id == user.pk for conflict in item.conflicts.all()):
        return no("You said which source prevails. Someone else has to sign it.")
    return YES


def can_decide(user, review):
    """Rule 13: the review's CISO decides, or whoever acts for them today, under the same four-eyes rule as a sign-off."""
    ciso = review.holders.get(Role.CISO)
    if ciso is None:
        return no("Nobody holds the CISO's role in this review. Assign it first.")
    if not answers_for(user, ciso):
        return no(f"Only the review's CISO, {_named(ciso)}, decides.")
    if Access.SIGN not in grants.on(user, review.deployment.vendor_id):
        return _without_access(user, ciso, "are this review's CISO")
    return YES


def can_dismiss(user, review):
    """A check is set aside by the vendor's review lead, or by the review's CISO and who acts for them."""
    ciso = review.holders.get(Role.CISO)
    accesses = grants.on(user, review.deployment.vendor_id)
    if Access.LEAD in accesses or (ciso and Access.SIGN in accesses and answers_for(user, ciso)):
        return YES
    return no("Only the review lead or the review's CISO sets a check aside.")


def can_meet(user, condition):
    """A condition is marked as met by its owner, who acts for them today, or who decides."""
    owner, review = condition.owner, condition.decision.review
    if user == owner or (answers_for(user, owner) and Access.SIGN in grants.on(user, review.deployment.vendor_id)):
        return YES
    return can_decide(user, review)


def answers_for(user, holder):
    """Whether this person may answer where the holder is asked: it is they, or they act for them today.

    The place is all a deputy takes over. Access to the vendor and whose work it is are asked of the person who acts.
    """
    return user == holder or absences.stand_in(holder) == user


def _named(holder):
    away = absences.on().in_words(holder)
    return f"{holder.name} ({away})" if away else holder.name


def _without_access(user, holder, role):
    if user == holder:
        return no(f"You {role} and no longer have a stakeholder's access to this vendor.")
    return no(f"You act for {holder.name} and have no stakeholder's access to this vendor yourself.")


def can_countersign(user, completion):
    """Rule 5: the obligation's owner or whoever acts for them today; when the owner had a hand in it, who hears of
    misses or a stakeholder of the vendor."""
    obligation, owner = completion.occurrence.obligation, signing_owner(completion)
    if user.pk in completion.uploaders | {completion.by_id}:
        what = "recorded this" if user.pk == completion.by_id else "uploaded the evidence cited here"
        return no(f"You {what}, so someone else signs: {_signers(obligation, owner)}.")
    accesses = grants.on(user, obligation.vendor_id)
    if owner:
        if not answers_for(user, owner):
            return no(f"Only the owner, {_named(owner)}, may do this.")
        return YES if accesses & CONTRIBUTE else no(f"You may not work on {obligation.vendor.name} yourself.")
    if Access.SIGN in accesses or (user.pk == obligation.escalate_to_id and accesses & CONTRIBUTE):
        return YES
    return no(f"The owner, {obligation.owner.name}, cannot sign this. Instead signs {_signers(obligation, owner)}.")


def _signers(obligation, owner):
    if owner:
        return f"the owner, {_named(owner)}"
    stakeholder = f"a stakeholder of {obligation.vendor.name}"
    return f"{obligation.escalate_to.name} or {stakeholder}" if obligation.escalate_to else stakeholder


def signing_owner(completion):
    """The obligation's owner, or None when they had a hand in it, have left or may not work on the vendor any more."""
    obligation, owner = completion.occurrence.obligation, completion.occurrence.obligation.owner
    had_a_hand = owner.pk in completion.uploaders | {completion.by_id}
    able = owner.is_active and grants.on(owner, obligation.vendor_id) & CONTRIBUTE
    return owner if able and not had_a_hand else None


def countersigners(completion, accesses):
    """Ids of whoever `can_countersign` lets sign, for many at once; whoever acts for them today is not among them.

    `accesses` are those of everybody to the vendor: `{person's id: frozenset of Access}` (`grants.everyone`).
    """
    obligation, hands = completion.occurrence.obligation, completion.uploaders | {completion.by_id}

    def contributes(person_id):
        return bool(accesses.get(person_id, frozenset()) & CONTRIBUTE)

    if obligation.owner_id not in hands and contributes(obligation.owner_id):
        return {obligation.owner_id}
    found = {person_id for person_id, held in accesses.items() if Access.SIGN in held}
    return (found | ({obligation.escalate_to_id} if contributes(obligation.escalate_to_id) else set())) - hands


def can_arrange(user, obligation):
    """A meeting is called by whoever may move the date: the vendor's review lead, or the owner and who acts for them."""
    verdict = permissions.can_lead(user, obligation.vendor_id)
    if verdict or (answers_for(user, obligation.owner) and grants.on(user, obligation.vendor_id) & CONTRIBUTE):
        return YES
    return no(f"Only {obligation.owner.name}, who owns the obligation, or the vendor's review lead calls a meeting.")


def can_hold_sync(user, review=None):
    """A sync is opened by whoever may work on the review; about all reviews, by whoever may work on one."""
    if review:
        return can_contribute(user, review)
    if grants.vendor_ids_with(user, CONTRIBUTE):
        return YES
    return no("You may read everything and change nothing, so somebody else opens the sync.")


def can_write_minutes(user, sync):
    """Whoever may work on the sync, as long as it is open."""
    if sync.closed_at:
        return no(f"{sync} is closed and stays as it was. Write it into the next one.")
    return can_work_on_sync(user, sync)


def can_see_to(user, action):
    """An action is changed and closed by its owner and by whoever may write the minutes about it."""
    if user.pk == action.owner_id:
        return YES
    return can_contribute(user, action.review) if action.review else can_work_on_sync(user, action.sync)


def can_work_on_sync(user, sync):
    """Whoever may work on all its reviews; of one about all reviews, also who opened it."""
    held = [grants.on(user, vendor_id) for vendor_id in sync.vendor_ids]
    if all(accesses & CONTRIBUTE for accesses in held) or (
        sync.opened_by_id == user.pk and not sync.review and all(held)
    ):
        return YES
    return no("You may read the minutes and change nothing.")


# The three who agree together which data the vendor may be given (gap 1 of the source).
POLICY_SIGNERS = (Role.CISO, Role.LEGAL, Role.COMPLIANCE_OFFICER)


def can_write_policy(user, vendor_id):
    return permissions.can_contribute(user, vendor_id)


def policy_holder(user, role, vendor_id):
    """In whose place this person signs a policy as this role: their own, that of somebody they act for today, or None."""
    if user.role == role:
        return user
    away = [absence.person for absence in absences.acting_for(user) if absence.person.role == role]
    return next((person for person in away if Access.SIGN in grants.on(person, vendor_id)), None)


def can_sign_policy(user, policy, role):
    """Rule 5: the three, three different people, and nobody who wrote any of it or submitted it. No role is exempt."""
    label = Role(role).label
    if policy_holder(user, role, policy.vendor_id) is None:
        return no(f"Here signs the {label}.")
    if Access.SIGN not in grants.on(user, policy.vendor_id):
        return no(f"You sign as {label} only with a stakeholder's access to this vendor, which you do not have.")
    if policy.submitted_by_id == user.pk:
        return no("You submitted this policy. Someone else has to sign it.")
    if policy.writers.filter(pk=user.pk).exists():
        return no("You wrote some of this policy. Someone else has to sign it.")
    given = policy.signatures.filter(submission=policy.submission, act=Act.SIGNED)
    if given.filter(role=role).exists():
        return no(f"The signature as {label} is given.")
    if given.filter(signer=user).exists():
        return no("You signed this policy already. Three different people sign it.")
    return YES


def can_answer_policy(user, policy):
    """Whether this person stands where one of the three signs, be the signature open, given or theirs to refuse."""
    places = (policy_holder(user, role, policy.vendor_id) for role in POLICY_SIGNERS)
    if any(places) and Access.SIGN in grants.on(user, policy.vendor_id):
        return YES
    return no("Only the CISO, legal and the compliance officer of this vendor may do this.")


def can_take_back_policy(user, policy):
    if user.pk == policy.submitted_by_id or can_lead_policy(user, policy) or can_answer_policy(user, policy):
        return YES
    return no("Only who submitted it, the vendor's review lead or one of the three signers may do this.")


def can_lead_policy(user, policy):
    return permissions.can_lead(user, policy.vendor_id)


def can_end_policy(user, policy):
    if can_lead_policy(user, policy) or can_answer_policy(user, policy):
        return YES
    return no("Only the vendor's review lead or one of the three signers ends a policy.")


def can_withdraw_policy_signature(user, policy, signature):
    """Whoever gave it, or whoever signs in that role today."""
    if user.pk == signature.signer_id or policy_holder(user, signature.role, policy.vendor_id):
        if Access.SIGN in grants.on(user, policy.vendor_id):
            return YES
        return no("You no longer have a stakeholder's access to this vendor.")
    return no(f"Only {signature.signer_name} or the {Role(signature.role).label} withdraws this signature.")


def can_move_out(user, review):
    """A copy holds everything, also what is under NDA and what the audit log says: it is for the vendor's review lead."""
    return permissions.can_lead(user, review.deployment.vendor_id)


def can_move_in(user, vendor_id):
    """A review from elsewhere brings findings and signatures of others with it, as opening one does not."""
    return permissions.can_lead(user, vendor_id)


def can_let_in(user, arrival):
    """Whose signatures a file holds, the file alone says. So a CISO here answers for it, never who brought it (rule 5)."""
    if user == arrival.created_by:
        return no("You brought this file, so somebody else lets it in: a CISO who knows where it comes from.")
    if user.role != Role.CISO or Access.SIGN not in grants.on(user, arrival.vendor_id):
        return no("Only a CISO who may sign at this vendor lets a review in from elsewhere.")
    return YES
