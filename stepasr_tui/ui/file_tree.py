"""A tree of folders and recordings as rows; it reads no folder and decides nothing."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from stepasr_tui.core.display import size
from stepasr_tui.core.folders import Entry
from stepasr_tui.ui import file_rows
from stepasr_tui.ui.file_rows import Mark, Styles, has_words
from stepasr_tui.ui.open_folders import OpenFolders
from stepasr_tui.ui.probed import Fact

Row = Entry | str
"""A folder or recording, or a note such as ``reading…``."""


_SLICE = 500
"""Rows added before the screen gets its turn: about 10 ms."""

_NO_LABEL = Text()
"""Rows are drawn from their data when they are seen, so they carry no label of their own."""


class FileTree(Tree[Row]):
    """Rows of files with marks, durations and sizes in columns."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "file-tree--folder",
        "file-tree--name",
        "file-tree--faint",
        "file-tree--figure",
        "file-tree--match",
        *(f"file-tree--{mark.value}" for mark in Mark),
    }

    DEFAULT_CSS = """
    FileTree {
        background: transparent;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        scrollbar-color: $line;
        scrollbar-background: $background;

        & > .file-tree--folder { color: $primary; }
        & > .file-tree--name { color: $foreground; }
        & > .file-tree--faint { color: $faint; }
        & > .file-tree--figure { color: $secondary; }
        & > .file-tree--match { color: $accent; text-style: bold underline; }
        & > .file-tree--queued { color: $faint; }
        & > .file-tree--running { color: $accent; text-style: bold; }
        & > .file-tree--done { color: $success; }
        & > .file-tree--partial { color: $partial; }
        & > .file-tree--failed { color: $error; }
        & > .file-tree--stopped { color: $warning; }
        & > .file-tree--empty { color: $warning; }
        & > .file-tree--saved { color: $success; text-style: bold; }
        & > .tree--guides, & > .tree--guides-hover, & > .tree--guides-selected { color: $line; }
        & > .tree--cursor { background: $panel; text-style: none; }
        & > .tree--highlight-line { background: $surface; }
        &:focus { background-tint: transparent; }
        &:focus > .tree--cursor { background: $cursor; text-style: none; }
        &:focus > .tree--guides, &:light > .tree--guides { color: $line; }
        &:focus > .tree--guides-selected { color: $line; }
    }
    """

    def __init__(self, folders: OpenFolders, facts: Mapping[Path, Fact]) -> None:
        """Both belong to the caller: ``facts`` is looked at whenever a row is drawn."""
        super().__init__(_NO_LABEL)
        self.show_root = False
        self.guide_depth = 2
        self.auto_expand = False
        self.root.expand()
        self.marks: dict[Path, Mark] = {}
        self.words: Sequence[str] = ()
        self._rows: dict[Path, TreeNode[Row]] = {}
        self._parts: Styles | None = None
        self._clicked: Row | None = None
        self._folders = folders
        self._facts = facts

    @property
    def entry(self) -> Entry | None:
        """The file or folder under the cursor."""
        node = self.cursor_node if self.cursor_line >= 0 else None
        return node.data if node is not None and isinstance(node.data, Entry) else None

    def node_of(self, path: Path) -> TreeNode[Row] | None:
        """The row of a file or folder that is in the tree."""
        return self._rows.get(path)

    def start_over(self) -> None:
        """Take out all rows."""
        self._rows.clear()
        self.unselect()
        self.clear()

    def empty(self, node: TreeNode[Row]) -> None:
        """Take out the rows below ``node``."""
        if node.is_root:
            self.start_over()
            return
        for child in list(node.children):
            self._forget(child)
        node.remove_children()

    def note(self, node: TreeNode[Row], text: str) -> None:
        """Say ``text`` below ``node``, in place of files."""
        node.add_leaf(_NO_LABEL, text)

    async def fill(self, node: TreeNode[Row], folder: Path) -> None:
        """Add what ``folder`` shows below ``node``, and the same for opened folders in it."""
        rows = self._folders.rows(folder, self.words)
        if not rows:
            self.note(node, self._folders.note(folder, self.words))
            return
        await self._grow(node, rows)
        for entry in rows:
            below = self._rows.get(entry.path) if entry.path in self._folders.opened else None
            if below is not None and (not self.words or self._folders.rows(entry.path, self.words)):
                await self.fill(below, entry.path)

    async def _grow(self, node: TreeNode[Row], entries: Sequence[Entry]) -> None:
        """Add ``entries`` a slice at a time, so that keys are never kept waiting.

        Slices grow with the tree, since each costs one walk over all rows.
        """
        start, count = 0, _SLICE
        while start < len(entries):
            if start:
                await asyncio.sleep(0)
            for entry in entries[start : start + count]:
                self._rows[entry.path] = node.add(
                    _NO_LABEL,
                    entry,
                    expand=entry.path in self._folders.opened,
                    allow_expand=entry.is_folder,
                )
            start += count
            count = max(_SLICE, start // 2)

    def point_at(self, path: Path | None) -> bool:
        """Move the cursor to ``path`` (None: the first row); False when it is not there."""
        node = self._rows.get(path) if path is not None else self.get_node_at_line(0)
        # The cursor goes by line numbers, which only a built tree has.
        if node is None or self.last_line < 0 or node.line < 0:
            return False
        self.move_cursor(node)
        return True

    def first_match(self) -> Path | None:
        """The first file or folder that has all the words in its own name."""
        return next((path for path in self._rows if has_words(path.name, self.words)), None)

    def refresh_row(self, path: Path) -> None:
        """Draw the row of ``path`` again, if it has one."""
        node = self._rows.get(path)
        if node is not None:
            node.refresh()

    def near(self) -> list[Entry]:
        """The recordings in sight, then those one screen below and above."""
        top, height = self.scroll_offset.y, max(1, self.size.height)
        lines = [*range(top, top + 2 * height), *range(max(0, top - height), top)]
        nodes = (self.get_node_at_line(line) for line in lines if line <= self.last_line)
        found = [node.data for node in nodes if node is not None]
        return [row for row in found if isinstance(row, Entry) and not row.is_folder]

    def process_label(self, label: object) -> Text:  # noqa: ARG002 - the base's signature
        return _NO_LABEL

    def get_label_width(self, node: TreeNode[Row]) -> int:  # noqa: ARG002 - the base's signature
        # Every row fills the pane; drawing each to measure it would cost seconds.
        return 1

    def render_label(self, node: TreeNode[Row], base_style: Style, style: Style) -> Text:
        depth, above = 0, node.parent
        while above is not None and above.parent is not None:
            depth, above = depth + 1, above.parent
        width = self.scrollable_content_region.width - depth * self.guide_depth
        base, row, styles = base_style + style, node.data, self._part_styles()
        if not isinstance(row, Entry):
            return file_rows.note_row(row or "", width, styles, base)
        if row.is_folder:
            return file_rows.folder_row(
                row.path.name, width, styles, base, self.words, opened=node.is_expanded
            )
        fact = self._facts.get(row.path)
        return file_rows.recording_row(
            row.path.name,
            fact.text if fact else "",
            size(row.size),
            width,
            styles,
            base,
            self.words,
            pane=self.outer_size.width,
            mark=self.marks.get(row.path),
            usable=fact is None or fact.usable,
        )

    def notify_style_update(self) -> None:
        self._parts = None
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        event.stop()
        line = event.style.meta.get("line")
        if not isinstance(line, int) or (node := self.get_node_at_line(line)) is None:
            return
        again = node.data is not None and node.data is self._clicked and line == self.cursor_line
        self._clicked = node.data
        self.cursor_line = line
        if again or event.style.meta.get("toggle"):
            self.post_message(Tree.NodeSelected(node))

    def action_toggle_node(self) -> None:
        if self.entry is not None and self.entry.is_folder:
            self.action_select_cursor()

    def _forget(self, node: TreeNode[Row]) -> None:
        if isinstance(node.data, Entry):
            self._rows.pop(node.data.path, None)
        for child in node.children:
            self._forget(child)

    def _part_styles(self) -> Styles:
        if self._parts is None:

            def part(name: str) -> Style:
                return self.get_component_rich_style(f"file-tree--{name}", partial=True)

            self._parts = Styles(
                folder=part("folder"),
                name=part("name"),
                faint=part("faint"),
                figure=part("figure"),
                match=part("match"),
                marks={mark: part(mark.value) for mark in Mark},
            )
        return self._parts
