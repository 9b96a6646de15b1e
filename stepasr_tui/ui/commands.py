"""What a user can do: one table, from which key bindings, palette, help and README come."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that a user can do."""

    action: str
    """Name of the action method; empty for keys that a pane handles itself."""
    keys: str
    """Keys, the first of which is shown; empty when it is in the palette only."""
    title: str
    """Two or three words: footer and palette."""
    help: str
    """A sentence: help screen, palette and README."""
    pane: str = "Everywhere"
    """Where its keys work."""
    footer: bool = False
    """Whether the footer has room for it."""


COMMANDS: tuple[Command, ...] = (
    Command("", "enter", "Transcribe", "Transcribe the recording; open a folder.", "Recordings"),
    Command("", "letters", "Filter", "Show only names that contain what you type.", "Recordings"),
    Command("", "escape", "Clear filter", "Show all names again.", "Recordings"),
    Command("", "backspace", "Folder above", "Go to the folder above.", "Recordings"),
    Command("", "f5", "Read again", "Read the folder again.", "Recordings"),
    Command("", "~", "Home", "Go to your home folder.", "Recordings"),
    Command(
        "", "paste", "Go to a path", "Select the file that was pasted or dropped.", "Recordings"
    ),
    Command("recent", "ctrl+o", "Recent folders", "Go to a folder used before."),
    Command(
        "batch", "ctrl+b", "Transcribe all shown", "Say what all recordings shown cost, then ask."
    ),
    Command("track", "ctrl+u", "Audio track", "Choose which of several sounds in a file is heard."),
    Command("sending", "ctrl+g", "Sending…", "Choose upload quality, segment length and tier."),
    Command("stop", "ctrl+x", "Stop", "Stop this transcription and keep its text.", footer=True),
    Command(
        "retry", "ctrl+r", "Again", "Send what is missing; all of it when nothing is.", footer=True
    ),
    Command("copy", "ctrl+y", "Copy", "Copy the whole transcript to the clipboard.", footer=True),
    Command("save", "ctrl+s", "Save", "Save the transcript beside the recording.", footer=True),
    Command("save_as", "ctrl+a", "Save as…", "Save the transcript under another name."),
    Command("language", "ctrl+l", "Language", "Switch between Chinese and English.", footer=True),
    Command("problems", "ctrl+e", "Problems", "Show or hide what went wrong."),
    Command("app.help", "f1", "Help", "Show every key.", footer=True),
    Command("key", "ctrl+k", "Key", "Set up or check the key, region and plan.", footer=True),
    Command("app.theme", "ctrl+t", "Light or dark", "Switch between dark and light colours."),
    Command("app.ask_quit", "ctrl+q", "Quit", "Leave; asks first when something would be lost."),
    Command("", "tab", "Next pane", "Move between recordings, waveform, text and problems."),
    Command("", "f", "Follow", "Go to where text comes in, and follow it.", "Transcript"),
    Command("marks", "m", "Marks", "Show or hide where the recording was cut.", "Transcript"),
    Command("send_again", "a", "Segment again", "Send this place's segment again.", "Transcript"),
    Command("copy", "c", "Copy", "Copy the whole transcript.", "Transcript"),
    Command("save", "s", "Save", "Save the transcript beside the recording.", "Transcript"),
    Command("stop", "x", "Stop", "Stop this transcription and keep its text.", "Transcript"),
    Command("key", "k", "Key", "Set up or check the key.", "Transcript"),
    Command("language", "l", "Language", "Switch between Chinese and English.", "Transcript"),
    Command("app.help", "?", "Help", "Show every key.", "Transcript"),
    Command("app.ask_quit", "q", "Quit", "Leave the app.", "Transcript"),
    Command("", "left/right", "Move", "Move along the recording (shift: farther).", "Waveform"),
    Command("", "[ / ]", "Seams", "Go to the seam before or after.", "Waveform"),
    Command("", "enter", "Show", "Show this place in the text.", "Waveform"),
    Command("", "r", "Segment again", "Send this place's segment again.", "Waveform"),
    Command("", "c", "Copy", "Copy this problem with its ids.", "Problems"),
    Command("", "r", "Retry", "Transcribe that recording again.", "Problems"),
    Command("", "x", "Remove", "Take this problem off the list.", "Problems"),
)
"""In the order in which help shows them."""

_NAMES = {"?": "question_mark", "~": "tilde"}


def bindings(pane: str) -> list[BindingType]:
    """The bindings of the commands of one pane that have an action."""
    return [
        Binding(
            _NAMES.get(command.keys, command.keys),
            command.action if "." in command.action else f"screen.{command.action}",
            command.title,
            show=command.footer,
            key_display=command.keys.replace("ctrl+", "^") if command.keys else None,
            priority=pane == "Everywhere",
        )
        for command in COMMANDS
        if command.pane == pane and command.action and command.keys
    ]


def in_palette() -> Iterable[Command]:
    """Commands for the palette: each action once."""
    seen: set[str] = set()
    for command in COMMANDS:
        if command.action and command.action not in seen:
            seen.add(command.action)
            yield command


def as_markdown() -> str:
    """The table of keys as the README shows it."""
    lines = ["| where | key | does |", "| --- | --- | --- |"]
    lines += [f"| {each.pane} | `{each.keys}` | {each.help} |" for each in COMMANDS if each.keys]
    return "\n".join(lines)
