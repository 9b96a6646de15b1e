"""The words in a refusal's body, whatever its shape: JSON, a web page, plain text. No I/O."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from stepasr_tui.core.stepfun.events import error_message

_LOOKED_AT = 16 * 1024
"""Characters of a web page that are looked at; its message is in the first few."""

_UNSEEN = re.compile(r"<(script|style)\b", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def as_json(body: bytes) -> Any:
    """What ``body`` means as JSON; None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def said(body: bytes) -> str:
    """The message in a refusal's body; of a web page, its text without tags; may be empty."""
    answer = as_json(body)
    if answer is not None:
        return error_message(answer)
    text = body.decode("utf-8", "replace")[:_LOOKED_AT]
    if "\0" in text or text.count("\ufffd") > len(text) // 10:
        return ""
    return " ".join(_TAG.sub(" ", _without_code(text)).split())


def host_of(location: str) -> str:
    """Where a redirect points, for people."""
    try:
        return urlsplit(location).hostname or "another path"
    except ValueError:
        return "nowhere"


def _without_code(text: str) -> str:
    """A page without its scripts and styles; one pass, however often they open."""
    lower, kept, at = text.lower(), [], 0
    while opening := _UNSEEN.search(text, at):
        kept.append(text[at : opening.start()])
        end = lower.find(f"</{opening[1].lower()}", opening.end())
        if end < 0:
            return " ".join(kept)
        at = end
    return " ".join([*kept, text[at:]])
