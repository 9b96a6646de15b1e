"""Which rows a tree of folders shows: what was read, what is opened, what the filter lets by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stepasr_tui.core.folders import Entry, Listing, in_order
from stepasr_tui.ui.file_rows import has_words

READING = "reading…"


@dataclass(slots=True)
class OpenFolders:
    """The folders that were read, and which of them are open."""

    listings: dict[Path, Listing] = field(default_factory=dict)
    """What each folder held when it was last read."""
    opened: set[Path] = field(default_factory=set)
    """Folders opened in the tree, besides the one at its top."""
    extra: dict[Path, Entry] = field(default_factory=dict)
    """Files that were named from outside and that a listing leaves out, for their endings."""

    def entries(self, folder: Path) -> Sequence[Entry]:
        """All that ``folder`` holds, the files named from outside among them."""
        listing = self.listings.get(folder)
        found = listing.entries if listing else ()
        more = [entry for entry in self.extra.values() if entry.path.parent == folder]
        if not more:
            return found
        there = {entry.path for entry in found}
        return in_order([*found, *(entry for entry in more if entry.path not in there)])

    def rows(self, folder: Path, words: Sequence[str]) -> Sequence[Entry]:
        """What of ``folder`` has all of ``words`` in its name, or has such below it."""
        entries = self.entries(folder)
        if not words:
            return entries
        return [
            entry
            for entry in entries
            if has_words(entry.path.name, words)
            or (entry.path in self.opened and self.rows(entry.path, words))
        ]

    def note(self, folder: Path, words: Sequence[str]) -> str:
        """What to say in place of rows when ``folder`` has none to show."""
        listing = self.listings.get(folder)
        if listing is None:
            return READING
        if listing.problem:
            return listing.problem
        return "nothing matches" if words and listing.entries else "no recordings here"

    def count(self, folder: Path, words: Sequence[str]) -> tuple[int, int]:
        """How many names have all of ``words``, and of how many, in the open folders."""
        matches = total = 0
        for entry in self.entries(folder):
            total += 1
            matches += has_words(entry.path.name, words)
            if entry.path in self.opened:
                below = self.count(entry.path, words)
                matches, total = matches + below[0], total + below[1]
        return matches, total
