"""Which kinds of evidence exist, and how confidential can they be?"""

from django.db.models import TextChoices


class Kind(TextChoices):
    SOC2_REPORT = "soc2_report", "SOC 2 report"
    BRIDGE_LETTER = "bridge_letter", "Bridge letter"
    ISO_CERTIFICATE = "iso_certificate", "ISO certificate"
    PENETRATION_TEST = "penetration_test", "Penetration test"
    DPA = "dpa", "Data Processing Addendum"
    BAA = "baa", "Business Associate Agreement"
    CONTRACT = "contract", "Contract"
    POLICY = "policy", "Policy"
    QUESTIONNAIRE = "questionnaire", "Security questionnaire"
    WHITE_PAPER = "white_paper", "White paper"
    TRANSPARENCY_REPORT = "transparency_report", "Transparency report"
    ENCRYPTION_SPECIFICATION = "encryption_specification", "Encryption specification"
    INCIDENT_PROCEDURE = "incident_procedure", "Incident response procedure"
    INSURANCE_CERTIFICATE = "insurance_certificate", "Insurance certificate"
    SLA = "sla", "Service level agreement"
    VENDOR_STATEMENT = "vendor_statement", "Statement by the vendor"
    PUBLIC_PAGE = "public_page", "Public page"
    CONFIGURATION_PROOF = "configuration_proof", "Proof of a setting"
    TEST_RECORD = "test_record", "Record of our own test"
    OTHER = "other", "Other"


class Confidentiality(TextChoices):
    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    RESTRICTED = "restricted", "Restricted under NDA"


# Named in a dossier by title and hash; their address and what was quoted from them are left out.
LISTED_BY_HASH = frozenset({Confidentiality.RESTRICTED})
