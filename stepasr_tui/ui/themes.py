"""The only file with colours: one dark and one light theme, and our own colour words.

Widgets and screens name colours by word (``$primary``, ``$draft``); they hold none.
"""

from textual.theme import Theme

DARK = Theme(
    name="stepasr-dark",
    dark=True,
    background="#11151c",
    surface="#161c26",
    panel="#1e2734",
    foreground="#d9e0ea",
    primary="#62b5f7",
    secondary="#8fa3bf",
    accent="#f5a97f",
    success="#7fd19b",
    warning="#eec06b",
    error="#f27983",
    variables={
        "draft": "#8793a6",
        "changed": "#f5a97f",
        "partial": "#eec06b",
        "faint": "#748197",
        "line": "#2b3647",
        "wave-heard": "#5d9fd6",
        "wave-rest": "#33425a",
        "cursor": "#253449",
        "footer-background": "#161c26",
        "border": "#62b5f7",
        "block-cursor-background": "#253449",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "input-selection-background": "#62b5f7 35%",
        "screen-selection-background": "#62b5f7 35%",
    },
)

LIGHT = Theme(
    name="stepasr-light",
    dark=False,
    background="#fbfaf7",
    surface="#f4f2ec",
    panel="#e9e6dd",
    foreground="#23272e",
    primary="#1c67a8",
    secondary="#5b6675",
    accent="#b4531f",
    success="#2a7346",
    warning="#8a5f06",
    error="#b12f3a",
    variables={
        "draft": "#6a7280",
        "changed": "#b4531f",
        "partial": "#8a5f06",
        "faint": "#6c7380",
        "line": "#d6d1c5",
        "wave-heard": "#5a93c4",
        "wave-rest": "#c9d0d8",
        "cursor": "#dde8f2",
        "footer-background": "#f4f2ec",
        "border": "#1c67a8",
        "block-cursor-background": "#dde8f2",
        "block-cursor-foreground": "#101318",
        "block-cursor-text-style": "none",
        "input-selection-background": "#1c67a8 25%",
        "screen-selection-background": "#1c67a8 25%",
    },
)

WORDS: dict[str, str] = {
    "draft": "$text-muted",
    "changed": "$accent",
    "partial": "$warning",
    "faint": "$text-disabled",
    "line": "$panel",
    "wave-heard": "$accent",
    "wave-rest": "$secondary",
    "cursor": "$panel",
}
"""Our own colour words: ``draft`` text still streaming, ``changed`` places of the final that
differ from the draft, ``partial`` text of a cut stream, ``faint`` captions, ``line`` rules
between panes, ``wave-heard``/``wave-rest`` the waveform, ``cursor`` the chosen row."""
