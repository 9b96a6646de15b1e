"""The real client over TLS on loopback, with a certificate made for the test."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from stepasr_tui.core.errors import AccountError, Again, NetworkError
from stepasr_tui.core.stepfun import client
from stepasr_tui.core.stepfun.client import Uploaded
from stepasr_tui.core.stepfun.events import Done
from tests.core.stepfun.raw import (
    GOOD,
    Reader,
    Server,
    Writer,
    facts,
    failing,
    head,
    request,
    sends,
    serving,
)

BIG = request(bytes(12 * 2**20), 600.0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody signed, and a server's context with it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(made), "-subj", "/CN=loopback"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context


@pytest.fixture
def trusted(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> ssl.SSLContext:
    """The same, trusted as a company's certificate is: by SSL_CERT_FILE, off loopback only."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(client, "is_loopback", lambda _host: False)
    return certificate[1]


async def test_n04_a_certificate_that_nobody_signed(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    async with serving(sends(GOOD), tls=certificate[1]) as server:
        error = await failing(f"https://127.0.0.1:{server.port}")
    assert (type(error), error.again) == (NetworkError, Again.NEVER)
    assert error.what == f"The certificate of 127.0.0.1:{server.port} is not trusted."
    assert "self" in error.cause
    assert server.connections == 0


async def test_n05_a_certificate_of_another_name(trusted: ssl.SSLContext) -> None:
    async with serving(sends(GOOD), tls=trusted) as server:
        error = await failing(f"https://localhost:{server.port}")
    assert (type(error), error.again) == (NetworkError, Again.NEVER)
    assert "localhost" in error.cause
    assert "clock" in error.cause


async def test_a_large_upload_and_its_answer(trusted: ssl.SSLContext) -> None:
    async with serving(sends(GOOD), tls=trusted) as server:
        met = await facts(f"https://127.0.0.1:{server.port}", BIG)
    assert isinstance(met[-1], Done)
    assert max(fact.sent for fact in met if isinstance(fact, Uploaded)) == BIG.length


async def test_n14_a_refusal_before_the_upload_is_over(trusted: ssl.SSLContext) -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        await head(reader)
        await reader.readexactly(100_000)
        writer.write(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with serving(handle, buffer=65536, tls=trusted) as server:
        error = await failing(f"https://127.0.0.1:{server.port}", BIG)
    assert (type(error), error.status) == (AccountError, 401)
