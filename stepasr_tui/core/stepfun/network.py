"""A broken connection → what happened and whether the service can have the request. No I/O."""

import socket
import ssl
from dataclasses import dataclass

from stepasr_tui.core.errors import Again, AttemptError, BrokenAnswer, CutOff, NetworkError
from stepasr_tui.core.stepfun.watchdog import Quiet


@dataclass(slots=True)
class Progress:
    """How far an attempt has come: what may be tried again follows from it."""

    total: int
    """Bytes of the whole body."""
    sent: int = 0
    """Bytes of it that the socket has taken."""
    connected: bool = False
    """True once the first bytes of the request were handed over."""
    answered: bool = False
    """True once a status line came back."""
    status: int | None = None
    """HTTP status, once known."""
    trace_id: str | None = None
    """``X-Trace-Id``, once known."""
    session_id: str | None = None
    """``meta.session_id``, once known."""

    @property
    def uploaded(self) -> bool:
        """True when the service can hold the whole request: it may work on it, and bill it."""
        return self.sent >= self.total

    @property
    def percent(self) -> int:
        """Of the body, rounded down."""
        return 100 * self.sent // max(self.total, 1)


_MAYBE = "All of it had been sent: it may have been processed, and billed."
_KEPT = "The text so far is kept. Try again when the connection is steady."


def broken(error: BaseException, host: str, progress: Progress) -> AttemptError:
    """What an error of the transport means at this point of the attempt."""
    if progress.answered:
        return CutOff(
            "The connection broke in the middle of the answer.", cause=_MAYBE, remedy=_KEPT
        )
    if progress.uploaded:
        return NetworkError(
            "No answer came: the connection broke after the upload.",
            cause=_MAYBE,
            remedy="Check the network, then try again.",
            again=Again.AMBIGUOUS,
        )
    if progress.connected:
        return NetworkError(
            f"The upload broke off at {progress.percent} %.",
            cause=f"{host} or something between closed the connection.",
            remedy="Nothing was processed. Check the network, then try again.",
            again=Again.NOT_SENT,
        )
    return _unconnected(error, host)


def quiet(reason: Quiet, host: str, progress: Progress, seconds: float) -> AttemptError:
    """What it means that the watchdog ended the attempt after ``seconds``."""
    what = {
        Quiet.WRITE: f"The upload stalled at {progress.percent} %.",
        Quiet.FIRST_BYTE: f"No answer came within {seconds:.0f} s.",
        Quiet.SILENCE: "The connection fell silent in the middle of the answer.",
        Quiet.NO_EVENT: "The service is alive but sends no text.",
        Quiet.TOO_LONG: f"The answer did not end within {seconds:.0f} s.",
        Quiet.SLEPT: "This computer was asleep, and the connection was lost.",
    }[reason]
    if not progress.uploaded:
        return NetworkError(
            what,
            cause=f"{host} did not take more of it." if reason is Quiet.WRITE else "",
            remedy="Nothing was processed. Check the network, then try again.",
            again=Again.NOT_SENT,
        )
    kind = CutOff if progress.answered else NetworkError
    return kind(what, cause=_MAYBE, remedy=_KEPT, again=Again.AMBIGUOUS)


def unusable_settings(error: Exception) -> NetworkError:
    """A proxy or a certificate file, named by the environment, that cannot be used."""
    socks = isinstance(error, ImportError)
    return NetworkError(
        "The proxy or certificate settings of this computer cannot be used.",
        cause="A SOCKS proxy is not supported." if socks else f"{type(error).__name__}: {error}.",
        remedy="Check HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE; an http:// proxy works.",
        again=Again.MANUAL,
    )


def too_large(what: str) -> BrokenAnswer:
    """An answer that no transcript can need."""
    return BrokenAnswer(
        "The answer is too large to be a transcript.",
        cause=f"{what}; the connection was closed.",
        remedy="The text so far is kept. Check the base URL.",
    )


def _unconnected(error: BaseException, host: str) -> AttemptError:
    inner = _innermost(error)
    if isinstance(inner, socket.gaierror):
        return NetworkError(
            f"Cannot find {host}.",
            cause="Its name has no address here.",
            remedy="Check the network, and the base URL if you set one.",
            again=Again.NOT_SENT,
        )
    if isinstance(inner, ssl.SSLCertVerificationError):
        return NetworkError(
            f"The certificate of {host} is not trusted.",
            cause=f"{inner.verify_message}. A proxy may be intercepting, or the clock is wrong.",
            remedy="Set SSL_CERT_FILE to your company's certificates, or check the clock.",
            again=Again.NEVER,
        )
    if isinstance(inner, ssl.SSLError) and not isinstance(
        inner, ssl.SSLWantReadError | ssl.SSLEOFError
    ):
        return NetworkError(
            f"{host} does not speak TLS.",
            cause="What answered is not an https server.",
            remedy="Check the base URL and its port.",
            again=Again.NEVER,
        )
    if isinstance(inner, ConnectionRefusedError):
        return NetworkError(
            f"{host} refused the connection.",
            cause="Nothing is listening there.",
            remedy="Check the base URL, or try again in a minute.",
            again=Again.NOT_SENT,
        )
    if type(error).__name__ == "ProxyError" and "407" not in str(error):
        return NetworkError(
            f"The proxy did not reach {host}.",
            cause=f"It said: {' '.join(str(error).split())[:100]}.",
            remedy="Check HTTPS_PROXY, or go round the proxy with NO_PROXY.",
            again=Again.NOT_SENT,
        )
    if "407" in str(error):
        return NetworkError(
            "A proxy asks for a password (407).",
            cause=f"It did not let the request through to {host}.",
            remedy="Put the proxy's user name and password in HTTPS_PROXY.",
            again=Again.NEVER,
        )
    if isinstance(inner, TimeoutError) or "Timeout" in type(error).__name__:
        return NetworkError(
            f"{host} did not answer in time.",
            cause="The network is down, or a firewall is in the way.",
            remedy="Check the network; a VPN or a proxy may be needed.",
            again=Again.NOT_SENT,
        )
    return NetworkError(
        f"No connection to {host}.",
        cause="The network closed it.",
        remedy="Check the network, then try again.",
        again=Again.NOT_SENT,
    )


def _innermost(error: BaseException) -> BaseException:
    """The system's own error under the libraries' wrappers."""
    seen: set[int] = set()
    while (inner := error.__cause__ or error.__context__) is not None and id(inner) not in seen:
        seen.add(id(inner))
        # Of a host with several addresses, each has its own error: the last one speaks.
        while isinstance(inner, BaseExceptionGroup):
            inner = inner.exceptions[-1]
        error = inner
        # A handshake that was waiting for more when it ended is no fault of TLS.
        if isinstance(error, ssl.SSLWantReadError | ssl.SSLEOFError):
            continue
        if isinstance(error, socket.gaierror | ssl.SSLError | ConnectionRefusedError):
            break
    return error
