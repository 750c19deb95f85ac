"""Which channels, data classes and regimes exist?"""

from django.db.models import TextChoices


class Channel(TextChoices):
    CLAUDE_ENTERPRISE = "claude_enterprise", "Claude Enterprise"
    CLAUDE_API = "claude_api", "Claude API"
    CLAUDE_CODE = "claude_code", "Claude Code"
    BEDROCK = "bedrock", "Amazon Bedrock"
    VERTEX = "vertex", "Google Vertex AI"
    OTHER = "other", "Other"


CLOUD_CHANNELS = frozenset({Channel.BEDROCK, Channel.VERTEX})


class DataClass(TextChoices):
    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    SENSITIVE = "sensitive", "Sensitive regulated"


class Regime(TextChoices):
    GDPR = "gdpr", "GDPR"
    CCPA = "ccpa", "CCPA"
    HIPAA = "hipaa", "HIPAA"
    SOC2_ISO27001 = "soc2_iso27001", "SOC 2 / ISO 27001"
    FINANCIAL_SERVICES = "financial_services", "Financial services"
