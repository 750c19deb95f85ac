"""What do people write in the benchmark's reviews? Sentences of the field, drawn by a seeded generator."""

SENTENCES = (
    "The report names the service and the region we use among those in scope.",
    "The auditor's opinion is unqualified; two exceptions concern office access and not the service.",
    "Compared with the annex of the contract, paragraph by paragraph: the wording is the same.",
    "The setting was read in the admin console and a screenshot is in the library.",
    "The account team answered in writing and pointed to the trust centre for the current document.",
    "The period covered ends before our use began, so the bridge letter is cited beside it.",
    "Keys are held in a hardware module and rotated every year; we hold none ourselves.",
    "Retention was tried with a conversation of our own, which was gone after thirty days.",
    "The exception for content flagged by safety systems is longer and is named in the notes to Legal.",
    "Sub-processors are announced thirty days ahead to a mailbox that two of us read.",
    "The log of the last quarter shows each sign-in with time, address and method.",
    "Roles were tried with an ordinary account: what it may not do is not offered to it.",
    "The service credits follow the availability of a calendar month and are capped.",
    "Liability is capped at the fees of twelve months, data protection excepted.",
    "Notification of a breach is due within seventy-two hours after it became known.",
    "The list of data centres is part of the report and matches the regions we allow.",
    "The test covered the interface and the web application; three findings of medium weight were closed.",
    "Our own policy forbids customer data in prompts until this review ends.",
    "Deleting an account deletes its content; the confirmation carries a number we kept.",
    "The wording has changed since last year; the difference is marked in the file.",
    "Sharing outside of the organisation is switched off for everybody but administrators.",
    "The certificate is listed in the register of the body that issued it.",
    "What the page says and what the contract says differ in one word, which Legal accepts.",
    "Nothing in this document contradicts what the vendor says in the questionnaire.",
)
QUESTIONS = (
    "Which regions are in scope of the report, and since when?",
    "Can the retention be shortened for our organisation, and who confirms it?",
    "Is there a written statement about the use of our content for training?",
    "When will the next report cover the period in which we used the service?",
)
REMARKS = (
    "The page number is missing. Please add where this stands.",
    "Is this measured or only read off the page? Please say which.",
    "The cited period does not cover our first month. Cite the letter, too.",
)
LOCATORS = ("p. {n}", "section {n}", "annex {n}", "p. {n}, second paragraph")


def text(rng, least, most):
    return " ".join(rng.choices(SENTENCES, k=rng.randint(least, most)))


def heading(rng):
    return " ".join(rng.choice(SENTENCES).split()[:5])


def locator(rng):
    return rng.choice(LOCATORS).format(n=rng.randint(1, 60))
