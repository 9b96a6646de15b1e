"""The simulator on its port: quick to import, to start and to stop, and it knows who left."""

import json
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import SimulatorSettings
from tests.simulator.asking import ASR, HEADERS, body, get, post

GOOD = body(samples()[0].audio())


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = {"uvicorn", "starlette", "numpy", "soundfile", "h11", "textual", "rich", "httpx"}
    script = (
        "import sys, stepasr_tui.simulator.serve, stepasr_tui.simulator.clips; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not heavy & set(done.stdout.split())


def test_it_shares_nothing_with_the_client() -> None:
    script = "import sys, stepasr_tui.simulator.server as s; s.create_app(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    ours = {name for name in done.stdout.split() if name.startswith("stepasr_tui.")}
    assert all(name.startswith("stepasr_tui.simulator") for name in ours)


def test_it_is_on_loopback_only_and_gone_after(shared: SimulatorServer) -> None:
    with SimulatorServer() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert server.base_url("step_plan", "no-done").endswith("/scenario/no-done/step_plan/v1")
        assert get(server.url + "/v1/models").status_code == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), 1).close()
    with pytest.raises(OSError, match="in use"):
        SimulatorServer(port=shared.port).start()


def test_asking_before_the_start_is_a_mistake() -> None:
    server = SimulatorServer()
    with pytest.raises(RuntimeError):
        server.requests  # noqa: B018
    server.stop()


def test_two_at_once_do_not_know_each_other(fresh: SimulatorServer) -> None:
    with SimulatorServer(SimulatorSettings(scenario="bad-key")) as other:
        assert post(other.url + ASR, GOOD).status == 401
        assert post(fresh.url + ASR, GOOD).status == 200
        assert (len(other.posts), len(fresh.posts)) == (1, 1)


def test_stopping_is_quick_with_streams_open() -> None:
    with (
        SimulatorServer(SimulatorSettings(stall=300)) as server,
        httpx.Client(trust_env=False) as client,
    ):
        for name in ("stall-midstream", "done-then-hang", "stall-before-events"):
            url = server.base_url(scenario=name) + "/audio/asr/sse"
            client.send(client.build_request("POST", url, json=GOOD, headers=HEADERS), stream=True)
        assert [record.ended for record in server.posts] == ["open"] * 3
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 1


def test_it_notes_a_client_that_leaves(fresh: SimulatorServer) -> None:
    with SimulatorServer(SimulatorSettings(scenario="stall-midstream", stall=300)) as server:
        with (
            httpx.Client(trust_env=False) as client,
            client.stream("POST", server.url + ASR, json=GOOD, headers=HEADERS) as answer,
        ):
            next(answer.iter_bytes())
        (record,) = server.posts
        assert record.over.wait(5)
        assert record.ended == "client left"


def test_it_notes_an_upload_that_breaks(fresh: SimulatorServer) -> None:
    with socket.create_connection(("127.0.0.1", fresh.port)) as wire:
        head = f"POST {ASR} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        wire.sendall(head.encode() + b"x" * 100)
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(4096):
            pass
    (record,) = fresh.posts
    assert record.over.wait(5)
    assert (record.complete, record.ended, record.byte_count) == (False, "client left", 100)


def test_many_streams_at_once(fresh: SimulatorServer) -> None:
    finals = []
    work = [
        threading.Thread(target=lambda: finals.append(post(fresh.url + ASR, GOOD).final))
        for _ in range(12)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert finals == [samples()[0].text] * 12


def test_a_connection_is_kept_for_the_next_request(shared: SimulatorServer) -> None:
    with httpx.Client(trust_env=False, headers=HEADERS) as client:
        ports = set()
        for _ in range(2):
            answer = client.post(shared.url + ASR, json=GOOD)
            assert answer.status_code == 200
            ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
        assert len(ports) == 1


def test_a_large_body_is_taken_when_the_limit_allows() -> None:
    size = 80 * 2**20
    form = {"codec": "pcm_s16le", "rate": 48000, "bits": 16, "channel": 2}
    document = body(b"", "pcm", format=form)
    head, tail = json.dumps(document).encode().split(b'"data": ""')

    def content() -> object:
        yield head + b'"data": "'
        for _ in range(size // 65536):
            yield b"A" * 65536
        yield b'"' + tail

    with SimulatorServer(SimulatorSettings(body_limit=100 * 2**20)) as server:
        answer = httpx.post(
            server.url + ASR,
            content=content(),  # type: ignore[arg-type]
            headers=HEADERS,
            trust_env=False,
            timeout=60,
        )
        assert answer.status_code == 200
        assert server.posts[0].audio_bytes == size * 3 // 4
