"""The rows of one folder, kept true: it reads, lays out and probes; it hears no key."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive, var
from textual.widgets import Static
from textual.widgets.tree import TreeNode

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.display import visible_path
from stepasr_tui.core.folders import Entry, Listing, entry_of
from stepasr_tui.ui.file_rows import Mark, folded, has_words, heading
from stepasr_tui.ui.file_tree import FileTree, Row
from stepasr_tui.ui.open_folders import OpenFolders
from stepasr_tui.ui.probed import Probed


class FolderPane(Vertical):
    """One folder with the opened ones in it, filtered, under a line that names it."""

    DEFAULT_CSS = """
    FolderPane {
        & > #picker-heading { height: 1; }
        & > FileTree { height: 1fr; }
    }
    """

    folder: var[Path] = var(Path.cwd, init=False)
    """The folder at the top, absolute."""
    filter_text: reactive[str] = reactive("", init=False)
    """What was typed; recordings and folders whose names lack one of its words are hidden."""

    def __init__(
        self,
        folder: Path,
        *,
        probe: Callable[[Path], Recording],
        read: Callable[[Path], Listing],
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        """``probe`` and ``read`` block: they are called in threads, ``probe`` once at a time."""
        super().__init__(id=id)
        self.set_reactive(FolderPane.folder, whole(folder))
        self._probed = Probed(probe)
        self._read = read
        self._folders = OpenFolders()
        self.rows = FileTree(self._folders, self._probed.facts)
        self.place: Path | None = None
        """Where the cursor was last on a file or folder."""
        self._filling = asyncio.Lock()
        self._in_sight = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Static(id="picker-heading", markup=False)
        yield self.rows

    def on_mount(self) -> None:
        self.watch(self.rows, "scroll_y", self._in_sight.set, init=False)
        self._keep_probing()
        self.go(self.folder)

    def watch_filter_text(self) -> None:
        self._rebuild(self.place)

    def on_resize(self) -> None:
        self._head()
        self._in_sight.set()

    def focus(self, scroll_visible: bool = True) -> Self:
        """Keys go to the rows."""
        self.rows.focus(scroll_visible)
        return self

    def go(self, folder: Path, *, point_at: Path | None = None) -> None:
        """Show ``folder``, with the cursor on ``point_at`` or on the first row."""
        self.folder = folder = whole(folder)
        self._folders.listings.pop(folder, None)
        self.set_reactive(FolderPane.filter_text, "")
        self._rebuild(point_at)
        self._load(folder, point_at)

    def select(self, path: Path) -> None:
        """Put the cursor on a file, opening its folder; a folder is shown itself."""
        self._select(path)

    def set_mark(self, path: Path, mark: Mark | None) -> None:
        """Show what has become of a recording; None takes the mark away."""
        if mark is None:
            self.rows.marks.pop(path, None)
        else:
            self.rows.marks[path] = mark
        self.rows.refresh_row(path)

    def known(self, path: Path) -> Recording | None:
        """What probing found, if it was done and the file is a recording."""
        return self._probed.known(path)

    def learn(self, recording: Recording) -> None:
        """Show what was found out since of a recording, such as its exact duration."""
        self._probed.learn(recording)
        self.rows.refresh_row(recording.path)

    def shown(self) -> list[Entry]:
        """The files listed under the filter, in the folder and the opened ones, in order."""
        return self._below(self.folder)

    def _below(self, folder: Path) -> list[Entry]:
        found: list[Entry] = []
        for entry in self._folders.rows(folder, self._words):
            if not entry.is_folder:
                found.append(entry)
            elif entry.path in self._folders.opened:
                found += self._below(entry.path)
        return found

    async def look_into(self, entry: Entry) -> Recording | str:
        """What probing finds in a file, or why it is no use: a word or two. Done once a file."""
        if self._probed.lacks(entry):
            await self._probed.look_into(entry)
            self.rows.refresh_row(entry.path)
        return self._probed.known(entry.path) or self._probed.facts[entry.path].text

    def refresh_folder(self) -> None:
        """Read the folder and all opened ones again."""
        self._reload()

    async def bring(self, path: Path) -> None:
        """Put the cursor on a file, opening its folder; a folder is shown itself."""
        path = whole(path)
        entry = await asyncio.to_thread(entry_of, path)
        if entry is None:
            return
        if entry.is_folder:
            self.go(path)
        elif not self.rows.point_at(path):
            self._folders.extra[path] = entry
            self.go(path.parent, point_at=path)

    @work(group="select", exclusive=True)
    async def _select(self, path: Path) -> None:
        await self.bring(path)

    @property
    def _words(self) -> list[str]:
        return folded(self.filter_text).split()

    def open_row(self, node: TreeNode[Row]) -> None:
        """Show what is in the folder of this row; it is read unless it was."""
        if not isinstance(node.data, Entry):
            return
        path = node.data.path
        self._folders.opened.add(path)
        node.expand()
        listing = self._folders.listings.get(path)
        if not listing or not listing.entries or not node.children:
            self._folders.listings.pop(path, None)
            self.rows.empty(node)
            self.rows.note(node, self._folders.note(path, self._words))
            self._load(path, None)

    def close_row(self, node: TreeNode[Row]) -> None:
        """Hide what is in the folder of this row."""
        if isinstance(node.data, Entry):
            self._folders.opened.discard(node.data.path)
        node.collapse()
        if self.filter_text:
            self._rebuild(self.place)

    def _head(self) -> None:
        line, folder, words = self.query_one("#picker-heading", Static), self.folder, self._words
        counts = self._folders.count(folder, words) if words else (0, 0)
        width = line.size.width
        line.update(heading(visible_path(folder), self.filter_text, counts, width))

    def _rebuild(self, point_at: Path | None) -> None:
        self._head()
        self._show(point_at)

    @work(group="show", exclusive=True)
    async def _show(self, point_at: Path | None) -> None:
        """Lay out all rows anew and put the cursor where it was, or on the first match."""
        tree = self.rows
        async with self._filling:
            tree.words = self._words
            tree.start_over()
            await tree.fill(tree.root, self.folder)
        # A folder that is only there for what it holds is no match to stand on.
        if (
            point_at is None
            or not has_words(point_at.name, tree.words)
            or not tree.point_at(point_at)
        ):
            tree.point_at(tree.first_match())
        self._in_sight.set()

    @work(group="load")
    async def _load(self, folder: Path, point_at: Path | None) -> None:
        self._folders.listings[folder] = await asyncio.to_thread(self._read, folder)
        tree = self.rows
        if folder == self.folder or self.filter_text:
            self._rebuild(point_at or self.place)
            return
        async with self._filling:
            node = tree.node_of(folder)
            if node is not None and folder in self._folders.opened:
                tree.empty(node)
                await tree.fill(node, folder)
        self._in_sight.set()

    @work(group="reload", exclusive=True)
    async def _reload(self) -> None:
        opened = [path for path in self._folders.opened if path.is_relative_to(self.folder)]
        for folder in [self.folder, *opened]:
            self._folders.listings[folder] = await asyncio.to_thread(self._read, folder)
        for path in list(self._folders.extra):
            entry = await asyncio.to_thread(entry_of, path)
            if entry is None:
                del self._folders.extra[path]
            else:
                self._folders.extra[path] = entry
        self._rebuild(self.place)

    @work(group="probe")
    async def _keep_probing(self) -> None:
        """Look into the recordings in sight, one after the other, for as long as we live."""
        while True:
            await self._in_sight.wait()
            entry = next((row for row in self.rows.near() if self._probed.lacks(row)), None)
            if entry is None:
                self._in_sight.clear()
                continue
            await self.look_into(entry)


def whole(path: Path) -> Path:
    """``path`` from the root on, without ``..`` in it; links are left as they are."""
    return Path(os.path.normpath(path.absolute()))
