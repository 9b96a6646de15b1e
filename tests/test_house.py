"""The walls of the house, looked at from inside a running process."""

import pkgutil
import subprocess
import sys

import stepasr_tui.core

_MODULES = sorted(
    found.name for found in pkgutil.walk_packages(stepasr_tui.core.__path__, "stepasr_tui.core.")
)


def _loaded(code: str) -> set[str]:
    """Names of the modules that a fresh process holds after ``code``."""
    printing = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", printing], check=True, capture_output=True, text=True, timeout=60
    )
    return set(done.stdout.split())


def test_the_core_loads_no_screen() -> None:
    assert len(_MODULES) > 20
    loaded = _loaded("\n".join(f"import {name}" for name in _MODULES))
    assert "textual" not in loaded
    # httpx imports rich for a command line of its own, where rich is installed.
    assert "rich" not in loaded - _loaded("import httpx")


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    loaded = _loaded("import stepasr_tui.ui.app")
    heavy = {"httpx", "httpx_sse", "numpy", "soundfile", "starlette", "uvicorn", "sqlite3"}
    assert not loaded & heavy


def test_help_waits_for_nothing_at_all() -> None:
    loaded = _loaded(
        "from stepasr_tui.cli import main\n"
        "try: main(['transcribe', '--help'], standalone_mode=True)\n"
        "except SystemExit: pass"
    )
    assert "click" in loaded
    assert not loaded & {"httpx", "numpy", "soundfile", "textual", "rich", "asyncio"}
