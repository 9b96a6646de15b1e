"""Why a file cannot be opened, or is none, in sentences."""

import errno
import stat
from pathlib import Path

from stepasr_tui.core.errors import RecordingUnreadable


def must_be_file(path: Path, mode: int) -> None:
    """Raises RecordingUnreadable unless ``mode`` (``st_mode``) is a plain file's."""
    if stat.S_ISREG(mode):
        return
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a disk",
    }
    what = kinds.get(stat.S_IFMT(mode), "something special")
    raise RecordingUnreadable(
        f"{path.name or path} is {what}, not a file.",
        remedy="Choose a recording inside it."
        if stat.S_ISDIR(mode)
        else "Save the sound to a file first, then choose that file.",
    )


def unreadable(path: Path, error: OSError) -> RecordingUnreadable:
    """What an error of the system means for someone who chose ``path``."""
    name, code = path.name or str(path), error.errno
    if code == errno.ENOENT:
        if path.is_symlink():
            return RecordingUnreadable(f"{name} is a link to a file that is not there.")
        return RecordingUnreadable(
            f"{name} is not there.", remedy="It may have been moved, renamed or deleted."
        )
    if code == errno.ENOTDIR:
        return RecordingUnreadable(f"{name} is not there.", cause="Its folder is not a folder.")
    if code == errno.ELOOP:
        return RecordingUnreadable(f"{name} is a link that leads back to itself.")
    if code in (errno.EACCES, errno.EPERM):
        return RecordingUnreadable(
            f"No permission to read {name}.",
            cause=_owner(path),
            remedy="Copy it to a place of yours, or ask its owner for permission.",
        )
    if code == errno.ENAMETOOLONG:
        return RecordingUnreadable(f"{name[:40]}… is a longer name than the system allows.")
    return RecordingUnreadable(
        f"{name} cannot be read.",
        cause=f"The system says: {error.strerror}." if error.strerror else "",
        remedy="If it is on a USB disk or a network, look whether that is still connected.",
    )


def _owner(path: Path) -> str:
    """Whose ``path`` is, or of the nearest folder above that can be looked at."""
    for place in (path, *path.parents):
        try:
            owner = place.owner()
        except KeyError:
            owner = "a user without a name"
        except (OSError, NotImplementedError):
            continue
        return f"{'It' if place == path else 'A folder it is in'} belongs to {owner}."
    return ""
