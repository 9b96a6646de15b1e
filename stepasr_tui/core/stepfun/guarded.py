"""The bytes of a stream of events as httpx-sse can take them; it does not parse them.

httpx-sse 0.4.3 loses the event after a byte order mark, and a last one without its blank line;
it has no limit on either.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from stepasr_tui.core.errors import BrokenAnswer
from stepasr_tui.core.stepfun.network import too_large

EVENT_CAP = 4 * 1024 * 1024
"""Bytes of one event; a transcript's is far below."""
STREAM_CAP = 64 * 1024 * 1024
"""Bytes of one answer."""

_BLANK_LINES = b"\n\n", b"\r\r", b"\r\n\r\n"
"""What ends an event."""
_MARK = b"\xef\xbb\xbf"


async def guarded(
    chunks: AsyncIterator[bytes], heard: Callable[[], None]
) -> AsyncGenerator[bytes, None]:
    """``chunks`` without a byte order mark and with a blank line at the end, however it ends.

    ``heard`` is called for each. Raises BrokenAnswer when there is too much, and whatever
    ``chunks`` raises.
    """
    total = event = 0
    start = tail = b""
    try:
        async for chunk in chunks:
            heard()
            total += len(chunk)
            if total > STREAM_CAP:
                raise too_large("It passed 64 MB")
            seen = tail + chunk
            end = max(seen.rfind(blank) for blank in _BLANK_LINES)
            event = len(seen) - end if end >= 0 else event + len(chunk)
            if event > EVENT_CAP:
                raise too_large("One event passed 4 MB")
            tail = seen[-3:]
            if total - len(chunk) < len(_MARK):
                start += chunk
                if total < len(_MARK):
                    continue
                chunk = start.removeprefix(_MARK)
            yield chunk
    except BrokenAnswer:
        raise
    except Exception:
        # A whole event may have come before the break.
        yield b"\n\n"
        raise
    yield (start if total < len(_MARK) else b"") + b"\n\n"
