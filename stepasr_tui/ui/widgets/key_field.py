"""A field that takes a key and never gives it back; whether the key works is not its job."""

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import Input

from stepasr_tui.core.credentials import CleanedKey, clean_key
from stepasr_tui.core.errors import KeyProblem

_LONGEST = 512


class KeyField(Input):
    """A masked input: what is pasted replaces what was there, cleaned; nothing can be copied."""

    DEFAULT_CSS = """
    KeyField, KeyField:focus { background: $panel; background-tint: transparent 0%; padding: 0 1; }
    KeyField:focus { background: $cursor; }
    """

    @dataclass
    class Pasted(Message):
        """A text was pasted; the field holds the key in it, or its first line."""

        field: "KeyField"
        """The field."""
        cleaned: tuple[str, ...]
        """What was removed around the key, in words."""
        problem: KeyProblem | None
        """Why the text cannot be a key, if it cannot."""

    def __init__(self, *, placeholder: str, id: str) -> None:  # noqa: A002
        super().__init__(
            password=True, compact=True, placeholder=placeholder, max_length=_LONGEST, id=id
        )

    def key(self) -> CleanedKey:
        """The key in the field. Raises ``KeyProblem``."""
        return clean_key(self.value)

    def on_unmount(self) -> None:
        # The screen may be kept by someone; the key is not.
        self.set_reactive(Input.value, "")

    def take(self, text: str) -> None:
        """Put the key in ``text`` into the field, as a paste does."""
        cleaned: tuple[str, ...] = ()
        problem: KeyProblem | None = None
        try:
            found = clean_key(text)
        except KeyProblem as error:
            problem = error
            value = text.strip()[:_LONGEST].partition("\n")[0]
        else:
            value, cleaned = found.secret.reveal(), found.cleaned
        with self.prevent(Input.Changed):
            self.value = value
        self.cursor_position = len(value)
        self.post_message(self.Pasted(self, cleaned, problem))

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        # Input's own handler would take the first line only, which may be empty.
        event.prevent_default()
        self.take(event.text)

    def action_paste(self) -> None:
        self.take(self.app.clipboard)

    def action_copy(self) -> None:
        """Nothing: a masked text is not for the clipboard."""

    def action_cut(self) -> None:
        self.delete_selection()
