"""The one table of commands: README, screens and app must all know what it says."""

from pathlib import Path

from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.commands import COMMANDS, as_markdown
from stepasr_tui.ui.screens.main import MainScreen

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_holds_the_table_as_it_is() -> None:
    assert as_markdown() in README.read_text(encoding="utf-8")


def test_every_command_exists() -> None:
    for command in COMMANDS:
        if command.action:
            owner = StepasrApp if command.action.startswith("app.") else MainScreen
            assert hasattr(owner, f"action_{command.action.removeprefix('app.')}"), command


def test_no_key_means_two_things_in_one_pane() -> None:
    for pane in {command.pane for command in COMMANDS}:
        keys = [command.keys for command in COMMANDS if command.pane == pane]
        assert len(keys) == len(set(keys)), pane
