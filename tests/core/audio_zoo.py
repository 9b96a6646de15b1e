"""Makes recordings of every kind from tones, at test time; no test lives here."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

SECONDS = 2.0
TONE = 440.0
SECOND_TONE = 1000.0


@dataclass(frozen=True)
class Kind:
    """How one kind of file is made, and what must be found in it."""

    container: str
    codec: str
    format: str
    """ffmpeg's muxer, or soundfile's format when ``by`` says so."""
    encoder: str = ""
    by: str = "av"
    rate: int = 48000
    layout: str = "mono"
    bit_rate: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    exact: bool = True
    """What the probe must say of its duration."""
    accepted: str | None = None
    known: bool = True
    """Whether a duration is known at all before it is measured."""

    @property
    def id(self) -> str:
        words = [self.container, self.codec, self.layout, str(self.rate), *self.options.values()]
        return "-".join(words)

    def made(self, path: Path, seconds: float = SECONDS) -> Path:
        """The file at ``path``."""
        if self.by == "soundfile":
            channels = av.AudioLayout(self.layout).nb_channels
            written(path, self.format, self.encoder, tone(seconds, self.rate, channels), self.rate)
        else:
            sound = [tone(seconds, self.rate)[:, 0]]
            content = packed(
                self.format,
                self.encoder or self.codec,
                sound,
                rate=self.rate,
                layout=self.layout,
                bit_rate=self.bit_rate,
                options=self.options,
                path=path if "faststart" in self.options.values() else None,
            )
            path.write_bytes(content)
        return path


LIVE = {"live": "1"}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}

KINDS: tuple[Kind, ...] = (
    Kind("wav", "pcm_s16le", "WAV", "PCM_16", "soundfile", accepted="wav"),
    Kind("wav", "pcm_s16le", "WAV", "PCM_16", "soundfile", rate=8000, accepted="wav"),
    Kind("wav", "pcm_s16le", "WAV", "PCM_16", "soundfile", layout="stereo", accepted="wav"),
    Kind("wav", "pcm_s16le", "WAVEX", "PCM_16", "soundfile", 96000, "stereo", accepted="wav"),
    Kind("wav", "pcm_s16le", "WAVEX", "PCM_16", "soundfile", 44100, "5.1"),
    Kind("wav", "pcm_u8", "WAV", "PCM_U8", "soundfile"),
    Kind("wav", "pcm_s24le", "WAV", "PCM_24", "soundfile", 44100, "stereo"),
    Kind("wav", "pcm_s32le", "WAV", "PCM_32", "soundfile", 16000),
    Kind("wav", "pcm_f32le", "WAV", "FLOAT", "soundfile", 44100),
    Kind("wav", "pcm_f64le", "WAV", "DOUBLE", "soundfile", 44100),
    Kind("wav", "pcm_mulaw", "WAV", "ULAW", "soundfile", 8000),
    Kind("wav", "pcm_alaw", "WAV", "ALAW", "soundfile", 8000),
    Kind("wav", "adpcm_ms", "WAV", "MS_ADPCM", "soundfile", 22050),
    Kind("wav", "adpcm_ima_wav", "WAV", "IMA_ADPCM", "soundfile", 22050),
    Kind("wav", "gsm_ms", "WAV", "GSM610", "soundfile", 8000),
    Kind("wav", "adpcm_g726", "wav", "g726", rate=8000),
    Kind("wav", "mp3", "wav", "libmp3lame", rate=44100),
    Kind("wav", "pcm_s16le", "RF64", "PCM_16", "soundfile", 16000),
    Kind("w64", "pcm_s16le", "W64", "PCM_16", "soundfile", 16000),
    Kind("aiff", "pcm_s16be", "AIFF", "PCM_16", "soundfile", 44100),
    Kind("aiff", "pcm_s24be", "AIFF", "PCM_24", "soundfile", 44100, "stereo"),
    Kind("aiff", "pcm_f32be", "AIFF", "FLOAT", "soundfile", 48000),
    Kind("aiff", "pcm_mulaw", "aiff", "pcm_mulaw"),
    Kind("caf", "pcm_s16be", "CAF", "PCM_16", "soundfile", 44100),
    Kind("caf", "alac", "caf"),
    Kind("au", "pcm_s16be", "AU", "PCM_16", "soundfile", 44100),
    Kind("voc", "pcm_u8", "voc", rate=8000),
    Kind("sph", "pcm_s16le", "NIST", "PCM_16", "soundfile", 16000),
    Kind("mp3", "mp3", "MP3", "MPEG_LAYER_III", "soundfile", 16000, accepted="mp3"),
    Kind("mp3", "mp3", "mp3", "libmp3lame", layout="stereo", accepted="mp3"),
    Kind("mp2", "mp2", "mp2"),
    Kind("ogg", "vorbis", "OGG", "VORBIS", "soundfile", 16000, accepted="ogg"),
    Kind("ogg", "opus", "OGG", "OPUS", "soundfile", 48000, accepted="ogg"),
    Kind("ogg", "opus", "ogg", "libopus", layout="stereo", accepted="ogg"),
    Kind("ogg", "flac", "ogg"),
    Kind("flac", "flac", "flac", layout="stereo"),
    Kind("flac", "flac", "FLAC", "PCM_24", "soundfile", 44100),
    Kind("aac", "aac", "adts", exact=False),
    Kind("loas", "aac_latm", "latm", "aac", exact=False, known=False),
    Kind("m4a", "aac", "ipod", layout="stereo", rate=44100),
    Kind("m4a", "alac", "ipod"),
    Kind("mp4", "aac", "mp4"),
    Kind("mp4", "aac", "mp4", options=FRAGMENTS),
    Kind("mov", "aac", "mov"),
    Kind("mov", "pcm_s16le", "mov"),
    Kind("3gp", "aac", "3gp"),
    Kind("3gp", "amr_nb", "3gp", "libopencore_amrnb", rate=8000, bit_rate=12200),
    Kind("amr", "amr_nb", "amr", "libopencore_amrnb", rate=8000, bit_rate=12200, exact=False),
    Kind("mkv", "opus", "matroska", "libopus"),
    Kind("mkv", "aac", "matroska", layout="5.1"),
    Kind("mkv", "aac", "matroska", layout="7.1"),
    Kind("flac", "flac", "flac", layout="7.1"),
    Kind("mkv", "mp3", "matroska", "libmp3lame"),
    Kind("mkv", "flac", "matroska"),
    Kind("mkv", "pcm_s16le", "matroska"),
    Kind("mkv", "ac3", "matroska"),
    Kind("webm", "opus", "webm", "libopus"),
    Kind("webm", "opus", "webm", "libopus", options=LIVE, exact=False, known=False),
    Kind("wma", "wmav2", "asf", rate=44100, bit_rate=64000),
    Kind("wma", "wmav1", "asf", rate=44100, bit_rate=64000),
    Kind("ac3", "ac3", "ac3", exact=False),
    Kind("eac3", "eac3", "eac3", exact=False),
    Kind("avi", "mp3", "avi", "libmp3lame"),
    Kind("avi", "pcm_s16le", "avi"),
    Kind("flv", "aac", "flv", rate=44100),
    Kind("ts", "aac", "mpegts", exact=False),
    Kind("mpeg", "mp2", "vob", exact=False),
    Kind("wv", "wavpack", "wv"),
    Kind("tta", "tta", "tta", rate=44100),
    Kind("rm", "ac3", "rm", rate=44100),
)


def tone(seconds: float, rate: int, channels: int = 1, hertz: float = TONE) -> NDArray[np.float32]:
    """Shape ``(frames, channels)``; the same in each channel."""
    time = np.arange(round(seconds * rate)) / rate
    wave = (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


def written(path: Path, kind: str, subtype: str, sound: NDArray[np.float32], rate: int) -> Path:
    """A file by soundfile, which writes what it is told to."""
    channels = sound.shape[1]
    with soundfile.SoundFile(path, "w", rate, channels, format=kind, subtype=subtype) as file:
        for at in range(0, len(sound), 8192):  # one long block of Vorbis would crash libsndfile
            file.write(sound[at : at + 8192])
    return path


def packed(
    kind: str,
    encoder: str,
    tracks: Sequence[NDArray[np.float32]],
    *,
    rate: int = 48000,
    layout: str = "mono",
    bit_rate: int | None = None,
    options: dict[str, str] | None = None,
    languages: Sequence[str] = (),
    start: float = 0.0,
    video: float = 0.0,
    cover: bool = False,
    path: Path | None = None,
) -> bytes:
    """A file by PyAV: ``tracks`` of mono sound at ``rate``, ``video`` seconds of pictures.

    The sound begins at ``start`` seconds.

    Some muxers need a ``path``: they read again what they wrote.
    """
    buffer = io.BytesIO()
    target: Any = buffer if path is None else str(path)
    with av.open(target, "w", format=kind, options=options or {}) as container:
        pictures: Any = None
        if video or cover:
            pictures = container.add_stream("mjpeg" if cover else "mpeg4", rate=10)
            pictures.width = pictures.height = 32
            pictures.pix_fmt = "yuvj420p" if cover else "yuv420p"
            if cover:
                pictures.disposition = av.stream.Disposition.attached_pic.value
        streams: list[Any] = []
        for number in range(len(tracks)):
            stream: Any = container.add_stream(encoder, rate=rate, layout=layout)
            if bit_rate:
                stream.bit_rate = bit_rate
            if languages:
                stream.metadata["language"] = languages[number]
                stream.metadata["title"] = f"Track {number + 1}"
            streams.append(stream)
        for number in range(int(video * 10) or cover):
            picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
            picture.pts = number
            picture.time_base = Fraction(1, 10)
            container.mux(pictures.encode(picture.reformat(format=pictures.pix_fmt)))
        if pictures is not None:
            container.mux(pictures.encode(None))
        for stream, sound in zip(streams, tracks, strict=True):
            _encode(container, stream, sound, rate, layout, start)
    return buffer.getvalue() if path is None else path.read_bytes()


def _encode(
    container: Any,
    stream: Any,
    sound: NDArray[np.float32],
    rate: int,
    layout: str,
    start: float,
) -> None:
    context = stream.codec_context
    to_format = av.AudioResampler(format=context.format, layout=layout, rate=rate)
    channels = av.AudioLayout(layout).nb_channels
    for at in range(0, len(sound), 4096):
        # Interleaved: PyAV cannot fill 8 separate channels.
        block = np.repeat(sound[at : at + 4096], channels)[None, :]
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
        frame.rate, frame.pts = rate, at + round(start * rate)
        frame.time_base = Fraction(1, rate)
        for converted in to_format.resample(frame):
            container.mux(stream.encode(converted))
    container.mux(stream.encode(None))


def wav(
    *,
    rate: int = 16000,
    channels: int = 1,
    bits: int = 16,
    tag: int = 1,
    data: bytes = b"\1\0" * 16000,
    size: int | None = None,
    riff: bytes = b"RIFF",
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A WAV file by hand; ``size`` is what its data chunk claims."""
    align = channels * bits // 8 & 0xFFFF
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    body = before + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data) if size is None else size) + data + after
    return riff + struct.pack("<I", len(body) + 4) + b"WAVE" + body
