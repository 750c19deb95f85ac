"""Which settings of this installation should be different, and what to set?

What is unsafe is refused at the start (`config/environment.py`); what stands here runs, and could be better.
"""

import functools

from django.conf import settings
from django.core import checks

from config.environment import VARIABLES

LONG_SESSION_HOURS = 24


def advice() -> list[str]:
    """A sentence for each setting that should be different; none is good news."""
    if settings.EMBEDDED:
        return [
            "This is embedded mode, for trying out on one machine. Set COUNTERSIGN_MODE to production for real use."
        ]
    return [*_ours(), *djangos()]


def _ours() -> list[str]:
    mail_in_clear = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not (
        settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    )
    sentences = (
        not settings.BACKUP_RECIPIENT
        and "BACKUP_RECIPIENT is not set: `make backup` writes evidence unencrypted. Set an age public key.",
        not settings.METRICS_TOKEN
        and "METRICS_TOKEN is not set: /metrics answers nobody. Set one if you watch with Prometheus.",
        mail_in_clear
        and "EMAIL_URL speaks to the mail server unencrypted: links to set passwords can be read on the way. Write "
        "`smtp+tls://` or `smtp+ssl://`.",
        _is_default("DEFAULT_FROM_EMAIL")
        and "DEFAULT_FROM_EMAIL is not set: mail servers may refuse mail from localhost. Set an address of yours.",
        _is_default("ORGANISATION_NAME")
        and "ORGANISATION_NAME is not set: pages and dossiers call you “Our organisation”.",
        settings.SESSION_COOKIE_AGE > LONG_SESSION_HOURS * 3600
        and f"SESSION_HOURS is {settings.SESSION_COOKIE_AGE // 3600}: an unlocked screen stays signed in for days.",
    )
    return [sentence for sentence in sentences if sentence]


def _is_default(name: str) -> bool:
    return any(name == variable.name and getattr(settings, name) == variable.default for variable in VARIABLES)


@functools.cache
def djangos() -> list[str]:
    """What Django's own check of a deployment warns of. Settings do not change while a process runs."""
    found = checks.run_checks(include_deployment_checks=True)
    return [f"{each.msg} ({each.id})" for each in found if each.level >= checks.WARNING and not each.is_silenced()]
