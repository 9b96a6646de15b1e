"""Where the key comes from, in order, and how it is shown; what may be done with it is not said.

A key is a ``Secret`` from the moment it is read, so that no log, traceback or screen can show
it by accident.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stepasr_tui.core.config_file import ConfigFile
from stepasr_tui.core.errors import KeyProblem
from stepasr_tui.core.paths import PLUGIN_VARIABLE, Paths, plugin_config_file

VARIABLES = ("STEPFUN_API_KEY", "STEP_API_KEY")
"""Environment variables for the key; both are in StepFun's documentation."""

_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_ASSIGNED = re.compile(
    r"""(?:(?:export|set)\s+|\$env:)?["']?(?:STEPFUN_API_KEY|STEP_API_KEY|api_key)["']?\s*[=:]\s*""",
    re.IGNORECASE,
)
_HEADER = re.compile(r"Authorization\s*:\s*", re.IGNORECASE)
_BEARER = re.compile(r"Bearer\s+", re.IGNORECASE)
_QUOTES = "\"'`“”‘’«»"
_UNSEEN = " \t\r\f\v\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff"
_LOOKED_AT = 4096
"""Characters of a pasted text that are looked at; a key has 512 at most."""


class Secret:
    """A text that shows itself only when asked by ``reveal``."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the request's header, and for the file that keeps it."""
        return self._text

    def __repr__(self) -> str:
        return shown(self)

    def __format__(self, spec: str) -> str:
        return format(shown(self), spec)

    def __eq__(self, other: object) -> bool:
        import hmac

        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce_ex__(self, protocol: object) -> str:
        raise TypeError("a Secret is not copied or pickled")


@dataclass(frozen=True)
class CleanedKey:
    """A key as it was meant."""

    secret: Secret
    """The key itself."""
    cleaned: tuple[str, ...]
    """What was taken away around it, as words that end “Removed …”: ``the quotes``."""


@dataclass(frozen=True)
class KeySource:
    """One place that a key may come from."""

    source: str
    """The variable's name, or the file's: ``config.json``."""
    path: Path | None
    """The file; ``None`` for a variable."""
    secret: Secret | None
    """The key found there, cleaned."""
    in_force: bool
    """True for the first place that is not empty: the later ones are not looked at."""
    problem: str = ""
    """Why what is there cannot be a key, or cannot be read; without any of its text."""


@dataclass(frozen=True)
class FoundKey:
    """The key in force."""

    secret: Secret
    """The key itself."""
    source: str
    """Where it came from, for people: a variable's name, or ``config.json``."""
    path: Path | None
    """The file it came from; ``None`` for a variable."""


def shown(secret: Secret) -> str:
    """``sk-…a1b2``: enough to tell two keys apart. Short ones show nothing of themselves."""
    text = secret.reveal()
    start = "sk-" if text.startswith("sk-") else ""
    return f"{start}…{text[-4:] if len(text) >= 12 else ''}"


def clean_key(text: str) -> CleanedKey:
    """The key in a pasted or piped text: its first line that is not empty, without wrapping.

    Raises ``KeyProblem``, which never holds any of the text.
    """
    lines = [line for line in text.strip("\r\n")[:_LOOKED_AT].splitlines() if line.strip(_UNSEEN)]
    if not lines:
        raise KeyProblem("There is no key in it.", remedy="Paste the key from StepFun's console.")
    cleaned: list[str] = []
    if len(lines) > 1:
        cleaned.append("all but the first line")
    elif "\n" in text or "\r" in text:
        cleaned.append("the line break")
    line = lines[0].strip(_UNSEEN)
    if line != lines[0]:
        cleaned.append("the spaces around it")
    key = _unwrapped(line, cleaned)
    if not _KEY.fullmatch(key):
        raise _no_key(key)
    return CleanedKey(Secret(key), tuple(cleaned))


def sources(env: Mapping[str, str], paths: Paths) -> list[KeySource]:
    """Every place a key may come from, in order; at most one of them is in force."""
    found = [_from_variable(name, env) for name in VARIABLES]
    plugin = plugin_config_file(env)
    if plugin:
        found.append(_from_file(f"{PLUGIN_VARIABLE}/config.json", plugin))
    found.append(_from_file("config.json", paths.own_config_file))
    first = next((place for place in found if place is not None and place.in_force), None)
    return [
        KeySource(place.source, place.path, place.secret, place is first, place.problem)
        for place in found
    ]


def find_key(env: Mapping[str, str], paths: Paths) -> FoundKey | None:
    """The key in force; ``None`` when no place holds one.

    Raises ``KeyProblem`` when the first place that is not empty holds what cannot be a key: the
    next one might belong to another account, so it is not used instead.
    """
    for place in sources(env, paths):
        if place.in_force and place.secret:
            return FoundKey(place.secret, place.source, place.path)
        if place.in_force:
            raise KeyProblem(
                f"{place.path or place.source} holds no usable key.",
                cause=place.problem,
                remedy="Give the key again, or remove this one.",
            )
    return None


def save_key(
    secret: Secret,
    paths: Paths,
    env: Mapping[str, str],
    *,
    tell: Callable[[str], None] = lambda _sentence: None,
    **also: object,
) -> Path:
    """Write the key, and with it settings such as ``region``, in one piece; returns the file.

    ``tell`` is called with each sentence that the person should read (a broken file set aside).
    Blocks: call it in a thread. Raises ``SettingsError``.
    """
    path = paths.config_file(env)
    for sentence in ConfigFile(path).change({"api_key": secret.reveal(), **also}):
        tell(sentence)
    return path


def missing_key() -> KeyProblem:
    """No key anywhere, and the three ways to give one."""
    return KeyProblem(
        "There is no StepFun key.",
        remedy=(
            "Give one in one of three ways: set the environment variable STEPFUN_API_KEY; or run "
            "“stepasr-tui key set”; or open the app with “stepasr-tui” and press ctrl+k."
        ),
    )


def _unwrapped(key: str, cleaned: list[str]) -> str:
    """``key`` without what people copy along with it; adds what that was to ``cleaned``."""
    wrapping = ((_ASSIGNED, "the name before it"), (_HEADER, "“Authorization:”"))
    while True:
        before = key
        for pattern, words in (*wrapping, (_BEARER, "“Bearer”")):
            if match := pattern.match(key):
                key = key[match.end() :]
                cleaned.append(words)
        if any("name" in words for words in cleaned):
            key = key.rstrip(";,")
        if key[:1] in _QUOTES or key[-1:] in _QUOTES:
            key = key.strip(_QUOTES)
            if key != before and "the quotes" not in cleaned:
                cleaned.append("the quotes")
        key = key.strip(_UNSEEN)
        if key == before:
            return key


def _no_key(key: str) -> KeyProblem:
    if not key:
        cause = "Nothing is left of it without its quotes."
    elif any(char in _UNSEEN for char in key):
        cause = "It has a space inside."
    elif len(key) < 8:
        cause = "It is shorter than 8 characters."
    elif len(key) > 512:
        cause = "It is longer than 512 characters."
    else:
        cause = "It has characters that no key has."
    return KeyProblem(
        "This cannot be a key.", cause=cause, remedy="Copy it again from StepFun's console."
    )


def _from_variable(name: str, env: Mapping[str, str]) -> KeySource:
    return _judged(name, None, env.get(name, ""))


def _from_file(source: str, path: Path) -> KeySource:
    contents = ConfigFile(path).read()
    value = contents.values.get("api_key")
    if value is None:
        return KeySource(source, path, None, False, contents.problem)
    if not isinstance(value, str):
        return KeySource(source, path, None, False, "“api_key” is not a text.")
    return _judged(source, path, value)


def _judged(source: str, path: Path | None, text: str) -> KeySource:
    if not text.strip(_UNSEEN + "\n"):
        return KeySource(source, path, None, False)
    try:
        return KeySource(source, path, clean_key(text).secret, True)
    except KeyProblem as problem:
        return KeySource(source, path, None, True, problem.cause)
