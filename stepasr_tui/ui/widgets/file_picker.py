"""The pane where a recording is chosen, by keys, clicks and pastes; it transcribes nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Tree

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.folders import Entry, Listing, pasted_path, read_folder
from stepasr_tui.ui.file_rows import Mark
from stepasr_tui.ui.file_tree import Row
from stepasr_tui.ui.folder_pane import FolderPane

__all__ = ["FilePicker", "Mark"]

_LONGEST_FILTER = 200
"""Characters; a file's name has at most 255 bytes."""


class FilePicker(FolderPane):
    """Folders and recordings below one folder; typing filters, enter chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "recent", "Recent folders", show=False),
        Binding("f5", "refresh_folder", "Read again", show=False),
        Binding("escape", "clear_filter", "Clear filter", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor moved."""

        path: Path | None
        """The file or folder under it; None on a note such as "no recordings here"."""
        is_folder: bool
        """True for a folder."""

    @dataclass
    class Chosen(Message):
        """The person wants this recording."""

        path: Path
        """It is in the list, which does not mean that it is audio."""

    @dataclass
    class FolderChanged(Message):
        """Another folder is shown."""

        path: Path
        """The folder, absolute."""

    class RecentWanted(Message):
        """The person asks for the recent folders."""

    def __init__(
        self,
        folder: Path,
        *,
        home: Path,
        probe: Callable[[Path], Recording],
        read: Callable[[Path], Listing] = read_folder,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        """``probe`` and ``read`` block: they are called in threads, ``probe`` once at a time."""
        super().__init__(folder, probe=probe, read=read, id=id)
        self._home = home
        self._told: tuple[Path | None, bool] | None = None

    def watch_folder(self) -> None:
        self.post_message(self.FolderChanged(self.folder))

    def on_key(self, event: events.Key) -> None:
        match event.key:
            case "left":
                self._left()
            case "right":
                self._right()
            case "backspace" if self.filter_text:
                self.filter_text = self.filter_text[:-1]
            case "backspace":
                self._up()
            case _ if event.is_printable and event.character:
                if not self._typed(event.character):
                    return
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._pasted(event.text)

    @on(Tree.NodeHighlighted)
    def _highlighted(self, event: Tree.NodeHighlighted[Row]) -> None:
        event.stop()
        if event.node is not self.rows.cursor_node:
            return  # of rows that are no longer there
        row = event.node.data
        told = (row.path, row.is_folder) if isinstance(row, Entry) else (None, False)
        self.place = told[0] or self.place
        if told != self._told:
            self._told = told
            self.post_message(self.Highlighted(*told))

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Row]) -> None:
        event.stop()
        row = event.node.data
        if isinstance(row, Entry) and row.is_folder:
            self.close_row(event.node) if event.node.is_expanded else self.open_row(event.node)
        elif isinstance(row, Entry):
            self.post_message(self.Chosen(row.path))

    @on(Tree.NodeExpanded)
    @on(Tree.NodeCollapsed)
    def _toggled(self, event: Message) -> None:
        event.stop()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        # Without a filter, escape is for whoever is above.
        return bool(self.filter_text) if action == "clear_filter" else True

    def action_clear_filter(self) -> None:
        self.filter_text = ""

    def action_recent(self) -> None:
        self.post_message(self.RecentWanted())

    def action_refresh_folder(self) -> None:
        self.refresh_folder()

    def _typed(self, char: str) -> bool:
        """Take a printable key; False when it means something else here."""
        if not self.filter_text:
            if char == "~":
                self.go(self._home)
                return True
            if char == " ":
                return False
        # No name holds a slash, but many people start a search with one.
        if char != "/":
            self.filter_text = (self.filter_text + char)[:_LONGEST_FILTER]
        return True

    def _left(self) -> None:
        node = self.rows.cursor_node
        if node is not None and node.allow_expand and node.is_expanded:
            self.close_row(node)
        elif node is None or node.parent is None or node.parent.is_root:
            self._up()
        elif isinstance(node.parent.data, Entry):
            self.rows.point_at(node.parent.data.path)

    def _right(self) -> None:
        node = self.rows.cursor_node
        if node is None or not node.allow_expand:
            return
        if node.is_expanded:
            self.rows.action_cursor_down()
        else:
            self.open_row(node)

    def _up(self) -> None:
        if self.folder.parent != self.folder:
            self.go(self.folder.parent, point_at=self.folder)

    @work(group="select", exclusive=True)
    async def _pasted(self, text: str) -> None:
        path = await asyncio.to_thread(pasted_path, text)
        if path is not None:
            await self.bring(path)
            return
        line = next((line for line in text.splitlines() if line.strip()), "").strip()
        self.filter_text = (self.filter_text + line)[:_LONGEST_FILTER]
