"""What a refusal's body says, of any shape and size."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.stepfun.said import as_json, host_of, said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"message":"m","type":"t"}}', "m"),
        (b'"m"', "m"),
        (b"[1]", ""),
        (b"", ""),
        (b"<html><title>504 Gateway</title><h1>Time-out</h1></html>", "504 Gateway Time-out"),
        (b"<script>x<y</script>a<STYLE>p{}</style >b", "a b"),
        (b"a<script>never closed", "a"),
        (b"plain  words\n", "plain words"),
        (b"upstream \xff error", "upstream \ufffd error"),
        (
            "繁忙".encode()[:-1] + b" and many more words follow",
            "繁\ufffd and many more words follow",
        ),
        (bytes(range(256)), ""),
        (b"\x1f\x8b\x08\xff\xfe\xfd" * 9, ""),
    ],
)
def test_words(body: bytes, words: str) -> None:
    assert said(body) == words


@pytest.mark.parametrize("hostile", [b"<script>", b"<", b"<a ", b"<style", b"</script", b"["])
def test_no_page_takes_long(hostile: bytes) -> None:
    body = (hostile * 65536)[:65536]
    began = time.process_time()
    said(body)
    assert time.process_time() - began < 0.3


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes(body: bytes) -> None:
    said(body).encode()
    as_json(body)


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://evil.example/login?x=1", "evil.example"),
        ("//evil.example", "evil.example"),
        ("/login", "another path"),
        ("", "another path"),
        ("https://[bad", "nowhere"),
    ],
)
def test_where_a_redirect_points(location: str, host: str) -> None:
    assert host_of(location) == host
