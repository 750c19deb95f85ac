"""Which names in a chat may be put into its address? None that could lead to another one."""

import re

PLAIN = re.compile(r"[@+]?\w([.:@+-]?\w)*", re.ASCII)
WORDS = "A name in the chat has letters, digits and single . : @ + - _ between them, such as first.last or @first:example.com."


def is_plain(name: str) -> bool:
    return bool(PLAIN.fullmatch(name))
