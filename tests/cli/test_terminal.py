"""The command on a pseudo-terminal, and what signals do to it."""

import json
import os
import re
import signal
import subprocess

import pytest

from tests.cli.shell import HELLO, LIMIT, Shell, Terminal, as_wav, ignoring, left_behind

PIPE = subprocess.PIPE


def test_progress_is_one_line_that_goes_away(shell: Shell) -> None:
    terminal = Terminal(columns=40)
    process = shell.at("rate-limit-once").start(
        "transcribe",
        shell.clip(name="晨会纪要，很长很长的名字，真的很长很长很长.ogg"),
        env={"TERM": "xterm"},
        stdout=PIPE,
        stderr=terminal.slave,
    )
    seen = terminal.rest().decode()
    assert process.stdout
    with process.stdout as out:
        assert out.read().decode() == HELLO.text + "\n"
    assert process.wait(LIMIT) == 0
    frames = seen.split("\r\x1b[K")
    assert len(frames) > 2
    assert frames[-1] == "", "the line was cleared"
    assert "\n" not in seen
    for frame in frames:
        wide = len(re.findall("[\u3000-\u9fff\uff00-\uffef]", frame))
        assert len(frame) + wide < 40
    assert not set("\x1b\x07") & set("".join(frames))


def test_progress_tells_the_wait_before_a_retry(shell: Shell) -> None:
    terminal = Terminal()
    process = shell.at("rate-limit").start(
        "transcribe", shell.clip(), env={"TERM": "xterm"}, stdout=PIPE, stderr=terminal.slave
    )
    terminal.until(lambda seen: b"retrying in 1 s: Too many requests (429)" in seen)
    process.send_signal(signal.SIGTERM)
    terminal.rest()
    assert process.stdout
    with process.stdout as out:
        assert out.read() == b""
    assert process.wait(LIMIT) == 143


def test_a_dumb_terminal_gets_whole_lines_only(shell: Shell) -> None:
    terminal = Terminal()
    process = shell.at("rate-limit-once").start(
        "transcribe", shell.clip(), stdout=PIPE, stderr=terminal.slave, env={"TERM": "dumb"}
    )
    seen = terminal.rest()
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert b"\x1b" not in seen
    assert b"It is tried again" in seen


def test_text_on_a_terminal_cannot_act(shell: Shell) -> None:
    terminal = Terminal()
    process = shell.at("hostile-text").start(
        "transcribe", shell.clip(), stdout=terminal.slave, stderr=PIPE, env={"TERM": "xterm"}
    )
    seen = terminal.rest().decode()
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", seen)
    assert "␛" in seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_in_good_order(shell: Shell, number: int) -> None:
    slow = shell.at("stall-midstream")
    terminal = Terminal()
    process = slow.start(
        "transcribe",
        shell.clip(),
        shell.clip(name="next.ogg"),
        "--json",
        env={"TERM": "xterm"},
        stdout=PIPE,
        stderr=terminal.slave,
    )
    terminal.until(lambda seen: b"hearing" in seen)
    process.send_signal(number)
    assert process.stdout
    with process.stdout as out:
        lines = out.read().decode().splitlines()
    seen = terminal.rest().decode()
    assert process.wait(LIMIT) == 128 + number
    (only,) = map(json.loads, lines)
    assert (only["ok"], only["partial"], only["err"]) == (False, True, "It was stopped.")
    assert HELLO.text.startswith(only["text"])
    assert "The text so far" in seen
    record = shell.server.posts[-1]
    assert record.over.wait(LIMIT)
    assert record.ended == "client left"


def test_the_second_signal_does_not_wait(shell: Shell) -> None:
    folder = shell.folder / "private"
    folder.mkdir()
    terminal = Terminal()
    process = shell.at("stall-midstream").start(
        "transcribe",
        "-",
        env={"TERM": "xterm", "TMPDIR": str(folder)},
        stdin=PIPE,
        stdout=PIPE,
        stderr=terminal.slave,
    )
    assert process.stdin and process.stdout
    process.stdin.write(HELLO.audio())
    process.stdin.close()
    terminal.until(lambda seen: b"hearing" in seen)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) in (130, 143)
    process.stdout.close()
    terminal.rest()
    assert left_behind(folder) == []


def test_what_was_made_to_be_sent_does_not_outlive_the_second_signal(shell: Shell) -> None:
    terminal = Terminal()
    process = shell.at("stall-midstream").start(
        "transcribe",
        as_wav(HELLO, shell.folder / "talk.wav"),
        env={"TERM": "xterm"},
        stdout=PIPE,
        stderr=terminal.slave,
    )
    terminal.until(lambda seen: b"hearing" in seen)
    cache = shell.home / ".cache/stepasr-tui/segments"
    assert list(cache.rglob("*")), "it is converted, so there is a file"
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) in (130, 143)
    assert process.stdout
    process.stdout.close()
    terminal.rest()
    assert list(cache.rglob("*")) == []


def test_a_signal_while_reading_a_pipe_leaves_nothing(shell: Shell) -> None:
    folder = shell.folder / "private"
    folder.mkdir()
    read, write = os.pipe()
    process = shell.start(
        "transcribe", "-", stdin=read, stdout=PIPE, stderr=PIPE, env={"TMPDIR": str(folder)}
    )
    # Two pipes full: when the second is written, the command has read some of it for certain. The
    # signal then comes at any point between two reads.
    os.write(write, b"\0" * 65536)
    os.write(write, b"\0" * 65536)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=LIMIT)
    os.close(read)
    os.close(write)
    assert (process.returncode, out, err) == (143, b"", b"")
    assert left_behind(folder) == []


def test_nohup_is_honoured(shell: Shell) -> None:
    process = shell.at("rate-limit-once").start(
        "transcribe",
        shell.clip(),
        stdout=PIPE,
        stderr=PIPE,
        preexec_fn=ignoring(signal.SIGHUP),
    )
    assert process.stderr
    said = process.stderr.readline()
    assert b"It is tried again" in said
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=LIMIT)
    assert (process.returncode, out.decode()) == (0, HELLO.text + "\n")


def test_a_terminal_as_standard_input_is_no_recording(shell: Shell) -> None:
    terminal = Terminal()
    done = shell.run("transcribe", "-", stdin=terminal.slave)
    assert (done.code, done.out) == (2, "")
    assert "Nothing is piped in" in done.err
    terminal.rest()


def test_a_key_is_typed_unseen(shell: Shell) -> None:
    terminal = Terminal()
    process = shell.start(
        "key",
        "set",
        stdin=terminal.slave,
        stdout=terminal.slave,
        stderr=terminal.slave,
        start_new_session=True,
        env={"TERM": "xterm", "STEPFUN_API_KEY": None},
    )
    terminal.until(lambda seen: b"not shown" in seen)
    os.write(terminal.master, b"sk-typed-0123456789abcdwxyz\n")
    seen = terminal.rest()
    assert process.wait(LIMIT) == 0
    assert b"sk-typed" not in seen
    assert "sk-…wxyz" in seen.decode()
