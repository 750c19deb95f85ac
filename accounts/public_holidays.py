"""Which countries and parts of them have public holidays known here, and when are the next ones?

The library is imported where it is asked: a web process is not held up at its start by what two pages need.
"""

from datetime import timedelta
from functools import cache

from accounts.models import OfficeHours

LONGEST_PART = OfficeHours._meta.get_field("subdivision").max_length


@cache
def countries():
    """`[(ISO 3166-1 code, name)]` by name."""
    import holidays
    from holidays.registry import COUNTRIES

    named = [(codes[1], module.replace("_", " ").title()) for module, codes in COUNTRIES.items()]
    known = holidays.list_supported_countries(include_aliases=False)
    return sorted(((code, name) for code, name in named if code in known), key=lambda pair: pair[1])


def name_of(country):
    return dict(countries()).get(country, country)


def parts_of(country):
    """The codes of the states or provinces of the country that have holidays of their own."""
    import holidays

    parts = holidays.list_supported_countries(include_aliases=False).get(country, [])
    return [part for part in parts if len(part) <= LONGEST_PART]


def upcoming(country, subdivision, today, count=5):
    """`[(day, name)]` of the next public holidays from today on, in English where the library has it; none without a country."""
    if not country:
        return []
    import holidays

    years = {today.year, (today + timedelta(days=365)).year}
    language = "en_US" if "en_US" in holidays.country_holidays(country).supported_languages else None
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language=language)
    return sorted((day, name) for day, name in found.items() if day >= today)[:count]
