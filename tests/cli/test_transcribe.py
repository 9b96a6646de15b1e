"""``stepasr-tui transcribe`` on pipes: right texts, true exit codes, nothing else on stdout."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from stepasr_tui.simulator.settings import NO_BALANCE_KEY, REVOKED_KEY
from tests.cli.shell import (
    ENGLISH,
    HELLO,
    Shell,
    as_mp3,
    as_pcm,
    as_wav,
    has_full_device,
    left_behind,
)


def test_each_container_prints_exactly_the_text(shell: Shell) -> None:
    pcm, rate = as_pcm(ENGLISH, shell.folder / "d.pcm")
    files = [
        as_mp3(ENGLISH, shell.folder / "a.mp3"),
        as_wav(ENGLISH, shell.folder / "b.wav"),
        shell.clip(ENGLISH, "c.ogg"),
    ]
    done = shell.run("transcribe", *files, "--language", "en")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{ENGLISH.text}\n" * 3
    raw = ("--format", "pcm", "--rate", rate, "--channels", 1)
    done = shell.run("transcribe", pcm, "--language", "en", *raw)
    assert (done.code, done.out, done.err) == (0, f"{ENGLISH.text}\n", "")
    # All of them are larger than what is made of them, but for the one that is that already.
    sent = [record.container for record in shell.server.posts[-4:]]
    assert sent == ["ogg"] * 4
    done = shell.run("transcribe", *files, "--language", "en", "--best")
    assert (done.code, done.out) == (0, f"{ENGLISH.text}\n" * 3)
    assert [record.container for record in shell.server.posts[-3:]] == ["mp3", "wav", "ogg"]


def test_the_content_decides_what_is_read(shell: Shell) -> None:
    clip = shell.clip(name="voice.wav")
    for said in (["--format", "mp3"], ["--format", "pcm", "--rate", "8000", "--channels", "1"]):
        done = shell.run("transcribe", clip, *said)
        assert (done.code, done.out) == (0, HELLO.text + "\n")
        assert f"read as ogg, which it is, and not as {said[1]}." in done.err
        assert shell.server.posts[-1].container == "ogg"


def test_raw_samples_that_look_like_mpeg_are_raw_when_told(shell: Shell) -> None:
    path = shell.folder / "quiet.raw"
    path.write_bytes(b"\xff\xfd\xfe\xff" * 32000)
    raw = ("--format", "pcm", "--rate", 16000, "--channels", 1)
    done = shell.run("transcribe", path, *raw, "--json")
    assert (done.code, json.loads(done.out)["duration"]) == (0, 4.0)


def test_options_reach_the_service(shell: Shell) -> None:
    model = "stepaudio-2-asr-pro"
    words = ("--hotword", "阶跃星辰", "--hotword", "Textual", "--no-itn", "--model", model)
    done = shell.run("--plan", "step_plan", "transcribe", shell.clip(), *words)
    assert (done.code, done.out) == (0, HELLO.text_without_itn + "\n")
    record = shell.server.posts[-1]
    assert (record.hotwords, record.itn, record.model) == (("阶跃星辰", "Textual"), False, model)
    assert record.path.startswith("/step_plan/v1/")


def test_json_holds_all_that_is_known(shell: Shell) -> None:
    done = shell.run("transcribe", shell.clip(), "--json", "--timestamps")
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    found = json.loads(done.out)
    assert HELLO.text in done.out, "readable as it stands"
    assert (found["ok"], found["text"], found["partial"]) == (True, HELLO.text, False)
    assert found["duration"] == pytest.approx(HELLO.seconds, abs=0.01)
    assert (found["model"], found["language"]) == ("stepaudio-2.5-asr", "zh")
    assert found["deltas_count"] == len(HELLO.pieces)
    assert found["usage"]["output_tokens"] > 0
    assert found["elapsed"] > 0
    assert found["cost_estimate"] == pytest.approx(HELLO.seconds * 0.15 / 3600, rel=0.01)
    assert found["session_id"].startswith("sse_")
    (segment,) = found["segments"]
    assert (segment["index"], segment["start"], segment["text"]) == (0, 0.0, HELLO.text)
    assert segment["trace_id"] == found["trace_id"] == shell.server.posts[-1].trace_id
    assert "".join(cue["text"] for cue in segment["cues"]) == HELLO.text
    assert {"warnings", "from_draft", "changed"} <= found.keys()


def test_timestamps_begin_each_sentence(shell: Shell) -> None:
    lines = shell.run("transcribe", shell.clip(), "--timestamps").out.splitlines()
    assert all(re.match(r"\[0:\d\d\.\d\] \S", line) for line in lines)
    assert "".join(line.partition("] ")[2] for line in lines) == HELLO.text
    missing = shell.at("times-missing").run("transcribe", shell.clip(), "--timestamps")
    assert (missing.code, missing.out) == (0, HELLO.text + "\n")
    assert "no times" in missing.err


def test_standard_input_is_a_recording_and_leaves_nothing(shell: Shell) -> None:
    folder = shell.folder / "private"
    folder.mkdir()
    env = {"TMPDIR": str(folder)}
    done = shell.run("transcribe", "-", "--json", given=HELLO.audio(), env=env)
    assert (done.code, json.loads(done.out)["text"]) == (0, HELLO.text)
    assert json.loads(done.out)["file"] == "-"
    assert left_behind(folder) == []
    done = shell.run("transcribe", "-", given=b"no sound\n", env=env)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("stdin is not audio: it is a text.")
    assert left_behind(folder) == []


def test_without_a_key_three_ways_are_named_and_nothing_is_sent(shell: Shell) -> None:
    before = len(shell.server.requests)
    done = shell.run("transcribe", shell.clip(), env={"STEPFUN_API_KEY": " "})
    assert (done.code, done.out) == (2, "")
    for way in ("STEPFUN_API_KEY", "stepasr-tui key set", "open the app"):
        assert way in done.err
    assert len(shell.server.requests) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.ogg", "--format", "pcm", "--rate", "16000"], "give --rate and --channels"),
        (["-", "-"], "once only"),
        (["x.ogg", "--api-key", "sk-x"], "No such option"),
        (["x.ogg", "--base-url", "http://example.com"], "unencrypted"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_is_exit_2_and_says_why(shell: Shell, words: list[str], said: str) -> None:
    done = shell.run("transcribe", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_a_refused_key_stops_all_the_rest_at_once(shell: Shell) -> None:
    files = [shell.clip(name="one.ogg"), shell.clip(name="two.ogg")]
    before = len(shell.server.posts)
    done = shell.run("transcribe", *files, "--json", env={"STEPFUN_API_KEY": REVOKED_KEY})
    assert (done.code, len(shell.server.posts) - before) == (5, 1)
    first, second = map(json.loads, done.out.splitlines())
    assert (first["ok"], first["status"], first["again"]) == (False, 401, "never")
    assert (second["ok"], second["file"]) == (False, str(files[1]))
    assert second["err"].startswith("Not tried")
    assert "Not tried" in done.err
    assert "ctrl+k" not in done.err + done.out
    assert REVOKED_KEY not in done.err + done.out
    empty = shell.run("transcribe", *files, env={"STEPFUN_API_KEY": NO_BALANCE_KEY})
    assert (empty.code, empty.out) == (5, "")
    assert "Top up" in empty.err


def test_a_text_that_was_cut_off_is_kept_and_printed_only_when_asked(shell: Shell) -> None:
    cut = shell.at("no-done")
    before = len(shell.server.posts)
    done = cut.run("transcribe", shell.clip(), "--strict-billing")
    assert (done.code, done.out) == (3, "")
    assert len(shell.server.posts) - before == 1
    kept = next((shell.home / ".local/share/stepasr-tui/unsaved").iterdir())
    text = kept.read_text(encoding="utf-8")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert HELLO.text.startswith(text.strip())
    assert kept.name in done.err
    assert "--partial" in done.err
    assert f"Trace id: {shell.server.posts[-1].trace_id}\n" in done.err
    assert "Session id: sse_" in done.err
    shown = cut.run("transcribe", shell.clip(), "--strict-billing", "--partial")
    assert (shown.code, shown.out) == (3, text)


def test_moderation_is_told_as_such(shell: Shell) -> None:
    done = shell.at("moderation-midstream").run("transcribe", shell.clip(), "--json")
    found = json.loads(done.out)
    assert done.code == 3
    assert (found["ok"], found["censored"], found["partial"]) == (False, True, True)
    assert found["text"] and found["segments"][0]["partial"]
    assert {"status", "err", "cause", "remedy"} <= found.keys()


def test_some_and_not_all_is_partial(shell: Shell) -> None:
    done = shell.run("transcribe", "nowhere.ogg", shell.clip())
    assert (done.code, done.out) == (3, HELLO.text + "\n")
    assert done.err.startswith("nowhere.ogg is not there.")


def test_a_retry_is_said_and_ends_well(shell: Shell) -> None:
    done = shell.at("rate-limit-once").run("transcribe", shell.clip())
    assert (done.code, done.out) == (0, HELLO.text + "\n")
    assert re.search(r"\(429\)\. It is tried again in 1 s \(attempt 2\)\.\n$", done.err)


def test_silence_is_said(shell: Shell) -> None:
    done = shell.at("both-empty").run("transcribe", shell.clip())
    assert (done.code, done.out) == (0, "")
    assert "No speech was found" in done.err
    short = shell.folder / "short.pcm"
    short.write_bytes(b"\0" * 8000)
    raw = ("--format", "pcm", "--rate", 8000, "--channels", 1)
    done = shell.run("transcribe", short, *raw, "--json")
    assert any("shorter than 1.5 s" in each for each in json.loads(done.out)["warnings"])
    assert "shorter than 1.5 s" in done.err


def test_a_final_text_that_lacks_much_of_the_draft_is_said(shell: Shell) -> None:
    done = shell.at("short-final").run("transcribe", shell.clip(), "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"], len(found["warnings"])) == (0, True, 1)
    assert re.search(r"\b\d\d % shorter than the draft", done.err)


def test_a_draft_that_has_to_do_is_said(shell: Shell) -> None:
    done = shell.at("done-empty").run("transcribe", shell.clip(), "--json")
    found = json.loads(done.out)
    assert (done.code, found["from_draft"], bool(found["text"])) == (0, True, True)
    assert "this is the draft" in done.err


def test_a_certificate_that_is_no_certificate_is_the_network(shell: Shell) -> None:
    where = shell.server.url.replace("http:", "https:")
    done = shell.run("transcribe", shell.clip(), "--base-url", where)
    assert (done.code, done.out) == (6, "")
    assert "does not speak TLS" in done.err


@pytest.mark.skipif(not has_full_device(), reason="no /dev/full here")
def test_a_full_disk_is_exit_4_and_the_text_is_kept(shell: Shell) -> None:
    with open("/dev/full", "wb") as full:
        done = shell.run("transcribe", shell.clip(), stdout=full)
    assert done.code == 4
    assert "could not be written" in done.err
    kept = next((shell.home / ".local/share/stepasr-tui/unsaved").iterdir())
    assert kept.read_text(encoding="utf-8") == HELLO.text + "\n"
    assert kept.name in done.err


def test_closed_output_is_found_out_before_anything_is_sent(shell: Shell) -> None:
    before = len(shell.server.posts)
    done = shell.run("transcribe", shell.clip(), stdout=None, preexec_fn=lambda: os.close(1))
    assert (done.code, len(shell.server.posts)) == (4, before)


def test_a_reader_that_leaves_gets_no_traceback(shell: Shell) -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as nobody:
        for words in (["transcribe", shell.clip()], ["--help"], ["simulate", "--list"]):
            done = shell.run(*words, stdout=nobody)
            assert (done.code, done.err) == (141, "")


def test_it_works_without_home_terminal_or_a_disk_to_write_to(shell: Shell, tmp_path: Path) -> None:
    nothing = dict.fromkeys(("HOME", "LANG", "TERM"))
    gone = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR"), "/proc/nowhere")
    done = shell.run("transcribe", shell.clip(), env={**nothing, **gone})
    assert (done.code, done.out, done.err) == (0, HELLO.text + "\n", "")


def test_hostile_names_and_texts_stay_harmless(shell: Shell) -> None:
    name = os.fsdecode(b"\x1b]52;c;QQ==\x07\n\xff.txt")
    (shell.folder / name).write_text("no sound")
    done = shell.run("transcribe", name, "--json")
    assert done.code == 1
    assert not set("\x1b\x07") & set(done.err + done.out)
    assert os.fsencode(json.loads(done.out)["file"]) == os.fsencode(name)
    hostile = shell.at("hostile-text").run("transcribe", shell.clip(), "--json")
    assert hostile.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", hostile.out)
    raw = shell.at("hostile-text").run("transcribe", shell.clip())
    assert raw.out == json.loads(hostile.out)["text"].strip() + "\n"


def test_what_libraries_write_to_descriptor_two_is_not_shown(shell: Shell) -> None:
    path = as_mp3(HELLO, shell.folder / "cut.mp3")
    whole = path.read_bytes()
    tag = b"ID3\x03\x00\x00\x00\x00\x00\x14" + b"TXXX\xff\xff\xff\xff\x00\x00" + b"\xff" * 10
    path.write_bytes(tag + whole[: len(whole) // 2 + 100])
    done = shell.run("transcribe", path)
    assert done.code == 0
    assert re.fullmatch(r"\S+: It ends at 0:07, though .* may be cut off\.\n", done.err)
