"""Files written whole or not at all; what they hold is not its job."""

import contextlib
import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from stepasr_tui.core.errors import NotSaved, SettingsError

TEMPORARY_PREFIX = ".stepasr-"
"""Every temporary file of ours starts so; one left by a crash can be told by it."""

LOCK_WAIT = 2.0
"""Seconds that a second instance waits for the first to finish writing."""

_NO_LINKS = {
    errno.EPERM,
    errno.EACCES,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.ENOTSUP,
    errno.EMLINK,
    errno.EXDEV,
}
"""What file systems without hard links answer (FAT: EPERM; network and FUSE: the others)."""

_NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}
"""The file system has no fsync at all, which is not the same as one that failed."""

_REASONS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("The disk is full.", "Free some room, or choose another folder."),
    errno.EDQUOT: ("The disk quota is used up.", "Free some room, or choose another folder."),
    errno.EROFS: ("The disk is read-only.", "Choose another folder."),
    errno.EACCES: ("Writing there is not permitted.", "Choose another folder."),
    errno.EPERM: ("Writing there is not permitted.", "Choose another folder."),
    errno.ENOENT: ("The folder does not exist.", "Choose another folder."),
    errno.ENOTDIR: ("A part of the path is a file, not a folder.", "Choose another folder."),
    errno.EISDIR: ("There is a folder of that name.", "Choose another name."),
    errno.ENAMETOOLONG: ("The name is too long.", "Choose a shorter name."),
    errno.EIO: ("The disk reported an error.", "Choose another disk, and check this one."),
    errno.ELOOP: ("Its symbolic links lead in a circle.", "Choose another name."),
}


def write_whole(path: Path, data: bytes, *, mode: int | None = None, replace: bool) -> None:
    """Put ``data`` at ``path``: after a crash or a full disk the old file is still whole.

    ``mode`` is set exactly (``0o600`` for secrets); ``None`` keeps that of the file replaced, or
    follows the umask. A symbolic link is followed when replacing. Blocks: call it in a thread.

    Raises ``FileExistsError`` when ``replace`` is false and the name is taken (a dangling link
    takes it too), and ``NotSaved``, with the reason in words, for anything else.
    """
    try:
        target = Path(os.path.realpath(path)) if replace else path
        if replace:
            mode = _mode_to_keep(target, mode)
        temporary = _written_beside(target, data, mode)
        try:
            if replace:
                _replace(temporary, target)
            else:
                _put_if_free(temporary, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        _sync_folder(target.parent)
    except FileExistsError:
        if replace:
            raise NotSaved(f"{path.name} was not saved.", cause="The name is taken.") from None
        raise
    except (OSError, ValueError) as error:
        raise not_saved(path, error) from error


def not_saved(path: Path, error: OSError | ValueError) -> NotSaved:
    """``error`` in words that a person can act on."""
    number = error.errno if isinstance(error, OSError) else errno.EINVAL
    cause, remedy = _REASONS.get(
        number or 0, (f"{os.strerror(number or errno.EIO)}.", "Choose another folder or name.")
    )
    return NotSaved(f"{path.name} was not saved.", cause=cause, remedy=remedy)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` against other instances; the lock file stays beside it.

    Waits at most ``LOCK_WAIT`` seconds (call it in a thread), then raises ``SettingsError``. Where
    the system or the file system has no locks (Windows, some network disks) it holds none: writes
    are whole there too, but of two at the same instant the later one wins. Raises ``OSError``
    when the lock file cannot be made.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    lock = path.with_name(path.name + ".lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise SettingsError(
                        "The settings are busy.",
                        cause="Another stepasr-tui has been writing them for 2 seconds.",
                        remedy="Try again.",
                    ) from None
                time.sleep(0.02)
            except OSError:
                break
        yield
    finally:
        os.close(descriptor)


def _mode_to_keep(target: Path, mode: int | None) -> int | None:
    """The mode for the file that replaces ``target``; refuses what must not be replaced."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return mode
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise NotSaved(f"{target.name} was not saved.", cause="It is not a plain file.")
    if mode is None:
        if not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stat.S_IMODE(found.st_mode)
    return mode


def _written_beside(target: Path, data: bytes, mode: int | None) -> Path:
    """A new file in the folder of ``target`` holding ``data``, safely on the disk."""
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666 if mode is None else mode & 0o666)
    try:
        try:
            if mode is not None and hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            _sync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _replace(temporary: Path, target: Path) -> None:
    """``os.replace``, patient with Windows programs that hold the file for a moment."""
    for wait in (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, None):
        try:
            temporary.replace(target)
            return
        except OSError as error:
            if wait is None or getattr(error, "winerror", None) not in (5, 32, 33):
                raise
            time.sleep(wait)


def _put_if_free(temporary: Path, target: Path) -> None:
    """Give the written file its name unless the name is taken: the kernel decides, not a look."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Without hard links the name is reserved by an empty file first: nobody else can take
        # it, and only a crash between these two lines leaves it empty.
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            _replace(temporary, target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; a folder that cannot be opened for it is left alone."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
