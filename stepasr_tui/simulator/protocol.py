"""uvicorn's HTTP/1.1 with one thing more: the app may reach the connection, to drop it."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class LentTransport(H11Protocol):
    """Puts the connection's transport into ``scope["state"]["transport"]``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}
