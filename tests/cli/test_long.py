"""``stepasr-tui transcribe`` with recordings that are cut, asked about, or have several tracks."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from stepasr_tui.simulator.tones import write_practice
from tests.cli.shell import HELLO, LIMIT, Shell, Terminal, as_wav

PIPE = subprocess.PIPE


def sparse(path: Path, hours: float) -> tuple[object, ...]:
    """So many hours of raw samples that take no room on the disk; the words that name them."""
    with path.open("wb") as file:
        file.truncate(round(hours * 3600) * 16_000)
    return (path, "--format", "pcm", "--rate", 8000, "--channels", 1)


def with_two_tracks(path: Path) -> Path:
    """A video's two sounds: two seconds of a tone in each."""
    import av

    tone = 0.2 * np.sin(np.arange(32_000, dtype=np.float32)[None, :] / 5)
    with av.open(path, "w") as out:
        streams = [out.add_stream("libopus", rate=16_000, layout="mono") for _ in range(2)]
        for stream, language, title in zip(streams, ("eng", "chi"), ("", "解说"), strict=True):
            stream.metadata["language"] = language
            if title:
                stream.metadata["title"] = title
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(tone, format="flt", layout="mono")
            frame.sample_rate, frame.pts = 16_000, 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def test_a_long_one_with_a_gap_says_which_minutes_are_missing(shell: Shell) -> None:
    path = shell.folder / "long.wav"
    said = write_practice(path, 31)
    before = len(shell.server.posts)
    # The list is the service's own: an address with a scenario in it would not use it up.
    shell.server.scenario = ["ok", "no-done", "ok"]
    terminal = Terminal(columns=100)
    words = ("--strict-billing", "--partial", "--timestamps", "--tier", "V1")
    process = shell.start(
        "transcribe", path, *words, env={"TERM": "xterm"}, stdout=PIPE, stderr=terminal.slave
    )
    assert process.stdout
    with process.stdout as out:
        lines = out.read().decode().splitlines()
    seen = terminal.rest().decode()
    assert process.wait(LIMIT) == 3
    assert len(shell.server.posts) - before == 3
    assert re.search(r"hearing [\d:]+ of 3\d:\d\d, \d segments? done", seen)
    (gap,) = re.findall(r"long\.wav: ([\d:]+–[\d:]+) is missing: ", seen)
    at = next(n for n, line in enumerate(lines) if "[missing: " in line)
    assert lines[at].endswith(f"] [missing: {gap}]")
    assert "The text so far" in seen
    heard = " ".join(line.partition("] ")[2] for n, line in enumerate(lines) if n != at)
    whole = said.text.split()
    first, second = (whole.index(word) for word in _around_gap(lines, at))
    assert first < second
    assert heard.split() == whole[: first + 1] + whole[second:], "all words but those of the gap"
    assert not list((shell.home / ".cache/stepasr-tui/segments").rglob("*"))


def _around_gap(lines: list[str], at: int) -> tuple[str, str]:
    return lines[at - 1].split()[-1], lines[at + 1].split()[1]


def test_a_dry_run_needs_no_key_and_sends_nothing(shell: Shell) -> None:
    files = (shell.clip(), as_wav(HELLO, shell.folder / "a\n会议.wav"))
    before = len(shell.server.requests)
    nothing = dict.fromkeys(("STEPFUN_API_KEY", "STEPASR_BASE_URL"))
    done = shell.run("transcribe", "--dry-run", *files, env=nothing)
    assert (done.code, done.err) == (0, "")
    head, one, two, both, price = done.out.splitlines()
    assert head.split() == ["length", "upload", "requests", "cost", "time", "file"]
    assert re.search(r"0:1\d +\d+ KB +as it is +under ¥0.001 +about 1 s ", one)
    assert re.search(r"0:1\d +\d+ KB +1 +under ¥0.001 .*a␊会议\.wav$", two)
    assert both.endswith("all 2 together, one after another")
    assert price.startswith("stepaudio-2.5-asr: ¥0.15 an hour, price of 2026-06.")
    assert len({line.rindex("about") for line in (one, two, both)}) == 1
    assert len(shell.server.requests) == before


def test_a_dry_run_in_json(shell: Shell) -> None:
    words = ("--dry-run", "--json", "--model", "stepaudio-3-asr-max", "--segment-minutes", 10)
    done = shell.run("transcribe", *sparse(shell.folder / "a.raw", 2), *words)
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert (found["ok"], found["duration"], found["exact"]) == (True, 7200.0, True)
    assert (found["cost_estimate"], found["yuan_per_hour"], found["priced"]) == (
        5.6,
        2.8,
        "2026-09",
    )
    assert found["requests"] > 12 and not found["as_it_is"]
    assert 20_000_000 < found["upload"] < 40_000_000
    assert found["seconds"] > 18
    assert found["asks"] is None


def test_a_dry_run_says_what_is_no_recording(shell: Shell) -> None:
    (shell.folder / "notes.mp3").write_text("no sound")
    done = shell.run("transcribe", "--dry-run", "notes.mp3", shell.clip(), "nowhere")
    assert done.code == 1
    assert "notes.mp3 is not audio: it is a text." in done.err
    assert "nowhere is not there." in done.err
    assert "together" not in done.out and HELLO.file in done.out
    (line,) = shell.run("transcribe", "--dry-run", "notes.mp3", "--json").out.splitlines()
    found = json.loads(line)
    assert (found["ok"], found["file"]) == (False, "notes.mp3")
    assert found["err"].startswith("notes.mp3 is not audio")
    piped = shell.run("transcribe", "--dry-run", "-", given=HELLO.audio())
    assert (piped.code, piped.err) == (0, "")
    assert piped.out.splitlines()[1].endswith("  -")


def test_what_would_be_asked_about_needs_a_yes(shell: Shell) -> None:
    words = sparse(shell.folder / "night.raw", 13)
    before = len(shell.server.posts)
    done = shell.run("transcribe", *words)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("night.raw is 13:00:00 long, which is more than 12:00:00.\n")
    assert "What to do: If you mean it, add --yes." in done.err
    assert len(shell.server.posts) == before
    asked = shell.run("transcribe", "--dry-run", *words)
    assert asked.code == 0
    assert asked.err == "night.raw is 13:00:00 long, which is more than 12:00:00. " + (
        "If you mean it, add --yes.\n"
    )
    meant = shell.run("transcribe", "--dry-run", "--yes", *words)
    assert (meant.code, meant.err, meant.out) == (0, "", asked.out)


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_several_tracks_are_named_and_one_is_chosen(shell: Shell, dry: tuple[str, ...]) -> None:
    path = with_two_tracks(shell.folder / "film.mkv")
    done = shell.run("transcribe", path, *dry)
    assert done.code == 0
    assert done.err.count("\n") == 1 and "the first is heard (--track chooses)" in done.err
    assert "1 eng opus mono, 2 chi “解说” opus mono." in done.err
    assert (second := shell.run("transcribe", path, "--track", 2, *dry)).code == 0
    assert "tracks" not in second.err
    before = len(shell.server.posts)
    third = shell.run("transcribe", path, "--track", 3, *dry)
    assert (third.code, third.out) == (1, "")
    assert third.err == (
        "film.mkv has no track 3: it has 2 tracks.\nWhat to do: Give --track 1 to 2.\n"
    )
    only = shell.run("transcribe", shell.clip(), "--track", 2, *dry)
    assert (only.code, only.err.partition("\n")[0]) == (
        1,
        f"{HELLO.file} has no track 2: it has one track only.",
    )
    assert len(shell.server.posts) == before


@pytest.mark.parametrize(
    "words", [("--segment-minutes", 29), ("--tier", "V6"), ("--track", 0), ("--segment-minutes", 0)]
)
def test_what_cannot_be_chosen_is_wrong_use(shell: Shell, words: tuple[object, ...]) -> None:
    done = shell.run("transcribe", "x.ogg", *words)
    assert (done.code, done.out) == (2, "")
    assert str(words[0]) in done.err
