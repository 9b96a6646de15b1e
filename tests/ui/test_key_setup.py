"""The key dialog: pasting, checking, saving, and that the key is never seen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Button, Static

from stepasr_tui.core.credentials import FoundKey, Secret
from stepasr_tui.core.errors import NetworkError, SettingsError
from stepasr_tui.ui.screens.key_setup import KeySetup
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.check_rows import CheckRows
from stepasr_tui.ui.widgets.choice import Choice
from stepasr_tui.ui.widgets.key_field import KeyField

KEY = "sk-Canary0123456789abcdefa1b2"


@dataclass(frozen=True, slots=True)
class Row:
    """The shape of a row of a check."""

    name: str
    state: Literal["running", "ok", "warning", "failed"]
    meaning: str
    remedy: str = ""
    seconds: float | None = None


GOOD = [
    Row("Connection", "running", ""),
    Row("Connection", "ok", "api.stepfun.com answers", seconds=0.21),
    Row("Key", "ok", "accepted"),
    Row("Model", "ok", "stepaudio-2.5-asr is on this plan"),
    Row("Balance", "warning", "¥ 0.42 left", "Top up before a long recording."),
]
BAD = [Row("Key", "failed", "refused [/] (401)", "Paste it again.")]


class Probe(App[None]):
    """An app with nothing but the dialog, and what was asked of it."""

    def __init__(self, rows: list[Any], theme: str = DARK.name, **options: Any) -> None:
        super().__init__()
        for known in (DARK, LIGHT):
            self.register_theme(known)
        self.theme = theme
        self.rows = rows
        self.checked: list[tuple[str, str, str]] = []
        self.saved: list[tuple[str, str, str]] = []
        self.left: list[KeySetup.Done | None] = []
        self.closed = 0
        self.hold: asyncio.Event | None = None
        self.save_error: SettingsError | None = None
        self.dialog = KeySetup(
            check=cast(Any, self.check),
            save=self.save,
            path=Path("/home/someone/config.json"),
            **options,
        )

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self.left.append)

    async def check(self, secret: Secret, region: str, plan: str) -> AsyncIterator[Row]:
        self.checked.append((secret.reveal(), region, plan))
        try:
            for row in self.rows:
                if isinstance(row, Exception):
                    raise row
                yield row
                if self.hold:
                    await self.hold.wait()
        finally:
            self.closed += 1

    def save(self, secret: Secret, region: str, plan: str) -> Path:
        if self.save_error:
            raise self.save_error
        self.saved.append((secret.reveal(), region, plan))
        return Path("/written/config.json")

    @property
    def field(self) -> KeyField:
        return self.dialog.query_one(KeyField)

    def text(self, selector: str) -> str:
        return str(self.dialog.query_one(selector, Static).render())

    def save_label(self) -> str:
        return str(self.dialog.query_one("#save", Button).label)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            await pilot.pause()
            return
        await pilot.pause()
    raise AssertionError("it did not happen")


async def paste(app: Probe, pilot: Pilot[None], text: str) -> None:
    (app.dialog.focused or app.dialog).post_message(events.Paste(text))
    await pilot.pause()


async def test_paste_check_save_by_keyboard_alone() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, f'\n  "Bearer {KEY}"\r\n')
        assert app.checked == []
        assert app.field.value == KEY
        assert app.text("#note") == (
            "sk-…a1b2 · removed the line break, the spaces around it, the quotes and “Bearer”"
        )
        await pilot.press("enter")
        await until(pilot, lambda: app.dialog.focused is app.dialog.query_one("#save"))
        assert app.checked == [(KEY, "cn", "standard")]
        assert app.save_label() == "Save"
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.left))
    assert app.saved == [(KEY, "cn", "standard")]
    done = app.left[0]
    assert done is not None
    assert (done.region, done.plan, done.path) == ("cn", "standard", Path("/written/config.json"))
    assert done.secret.reveal() == KEY


async def test_the_tab_order_and_the_arrows() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        app.dialog.query_one("#region").focus()
        order = []
        for _ in range(5):
            await pilot.pause()
            order.append(app.dialog.focused.id if app.dialog.focused else None)
            await pilot.press("tab")
        assert order == ["region", "plan", "key", "check", "save"]
        app.dialog.query_one("#region").focus()
        await pilot.press("down", "tab", "down")
        assert app.dialog.query_one("#region", Choice).value == "intl"
        assert app.text("#address") == "https://platform.stepfun.ai/interface-key"
        await paste(app, pilot, KEY)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.checked))
    assert app.checked == [(KEY, "intl", "step_plan")]


async def test_a_click_chooses() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#plan", offset=(3, 1))
        assert app.dialog.query_one("#plan", Choice).value == "step_plan"


async def test_rows_appear_as_they_come_and_escape_stops_the_check() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        app.hold = asyncio.Event()
        await paste(app, pilot, KEY)
        await pilot.press("enter")
        rows = app.dialog.query_one(CheckRows)
        await until(pilot, lambda: len(rows.query(".-running")) == 1)
        assert [str(cell.render()) for cell in rows.query(".mark").results(Static)] == ["…"]
        await pilot.press("escape")
        await until(pilot, lambda: app.closed == 1)
    assert app.left == [None]
    assert app.saved == []


async def test_a_row_takes_the_place_of_the_earlier_one() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, KEY)
        await pilot.press("enter")
        await until(pilot, lambda: app.closed == 1)
        cells = app.dialog.query(".mark").results(Static)
        assert [str(cell.render()) for cell in cells] == ["✓", "✓", "✓", "!"]
        assert "Top up before" in str(
            list(app.dialog.query(".meaning").results(Static))[3].render()
        )


@pytest.mark.parametrize(
    "rows", [BAD, [NetworkError("No connection.", remedy="Check the network.")]]
)
async def test_after_a_failed_check_it_can_be_saved_anyway(rows: list[Any]) -> None:
    app = Probe(rows)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, KEY)
        await pilot.press("enter")
        await until(pilot, lambda: app.save_label() == "Save anyway")
        assert "Save&#160;anyway" in app.export_screenshot()
        assert app.dialog.focused is app.field
        # Another key has not failed yet.
        await pilot.press("end", "x")
        assert app.save_label() == "Save"
        assert not app.dialog.query_one(CheckRows).failed
        await pilot.click("#save")
        await until(pilot, lambda: bool(app.left))
    assert app.saved == [(KEY + "x", "cn", "standard")]


async def test_another_region_or_plan_forgets_the_check() -> None:
    app = Probe(BAD)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, KEY)
        await pilot.press("enter")
        await until(pilot, lambda: app.save_label() == "Save anyway")
        app.dialog.query_one("#region").focus()
        await pilot.press("down")
        await until(pilot, lambda: app.save_label() == "Save")
        assert not app.dialog.query_one(CheckRows).failed


async def test_what_cannot_be_a_key_is_neither_checked_nor_saved() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        assert app.text("#note") == "Paste a key first."
        await paste(app, pilot, "\n\n  sk-with a space\nmore")
        assert "space inside" in app.text("#note")
        assert app.field.value == "sk-with a space"
        await pilot.press("enter")
        await pilot.click("#save")
        await pilot.pause()
        await paste(app, pilot, "x" * 10_000_000)
        assert "longer than 512" in app.text("#note")
        assert len(app.field.value) == 512
    assert app.checked == app.saved == []


async def test_a_paste_anywhere_goes_to_the_field() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        app.dialog.query_one("#region").focus()
        await pilot.pause()
        await paste(app, pilot, KEY + "\n")
        assert app.field.value == KEY
        assert app.dialog.focused is app.field


async def test_a_file_that_cannot_be_written_keeps_the_dialog_open() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        app.save_error = SettingsError("The settings were not saved.", cause="The disk is full.")
        await paste(app, pilot, KEY)
        await pilot.click("#save")
        await until(pilot, lambda: "disk is full" in app.text("#note"))
        assert app.left == []


async def test_a_variable_that_overrides_the_file_is_named() -> None:
    current = FoundKey(Secret(KEY), "STEPFUN_API_KEY", None)
    app = Probe(GOOD, current=current)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "STEPFUN_API_KEY is set, and overrides" in app.text("#override")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.checked))
        await pilot.click("#save")
        assert app.text("#note") == "Paste a key first."
    assert app.checked == [(KEY, "cn", "standard")]
    assert app.saved == []


async def test_the_key_of_the_file_can_be_kept_with_another_plan() -> None:
    current = FoundKey(Secret(KEY), "config.json", Path("/home/someone/config.json"))
    app = Probe(GOOD, current=current, region="intl", plan="step_plan")
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.dialog.query("#override")
        app.dialog.query_one("#plan").focus()
        await pilot.press("up")
        await pilot.click("#save")
        await until(pilot, lambda: bool(app.left))
    assert app.saved == [(KEY, "intl", "standard")]


async def test_the_address_can_be_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+y")
        await until(pilot, lambda: "Copied" in app.text("#note"))
        assert app.clipboard == "https://platform.stepfun.com/interface-key"


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (60, 16)])
async def test_all_of_it_fits_and_the_key_is_nowhere(
    theme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    app = Probe(GOOD, theme, current=FoundKey(Secret(KEY), "STEPFUN_API_KEY", None))
    async with app.run_test(size=size) as pilot:
        await paste(app, pilot, f"'{KEY}'\n")
        await pilot.press("enter")
        await until(pilot, lambda: app.closed == 1)
        dialog = app.dialog.query_one("#dialog")
        assert dialog.max_scroll_y == 0
        for part in ("#region", "#plan", "#address", "#key", "#where", "#check", "#save"):
            shown = app.dialog.query_one(part).region
            assert dialog.content_region.contains_region(shown), part
        drawn = app.export_screenshot()
        assert "a1b2" in drawn
        assert "Canary" not in drawn
        assert KEY[3:9] not in repr(app.dialog.tree)


async def test_the_key_cannot_be_copied_out_and_is_forgotten() -> None:
    app = Probe(GOOD)
    async with app.run_test(size=(80, 24)) as pilot:
        await paste(app, pilot, KEY)
        field = app.field
        await pilot.press("home", "shift+end", "ctrl+c", "ctrl+x")
        assert app.clipboard == ""
        assert field.value == ""
        await paste(app, pilot, KEY)
        await pilot.press("escape")
        await until(pilot, lambda: bool(app.left))
        await until(pilot, lambda: field.value == "")
