"""``python -m tests.hub.serve_stub PORT [PIECES [SECONDS]]``: the stub of a model server, until it is ended."""

from __future__ import annotations

import asyncio
import sys

from .stub import Stub


async def main(port: int, words: int, pause: float) -> None:
    await Stub(words=words, pause=pause).start(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int((sys.argv[2:] or ["5"])[0]), float((sys.argv[3:] or ["0"])[0])))
