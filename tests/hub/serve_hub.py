"""``python -m tests.hub.serve_hub PORT``: a hub that knows every token ``t-NAME``, and answers as JupyterHub's API does."""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web

SCOPE = "access:services!service=nbdoctor"


async def user(request: web.Request) -> web.Response:
    token = request.headers.get("Authorization", "").partition(" ")[2]
    if not token.startswith("t-"):
        return web.json_response({"message": "no"}, status=403)
    name = token.removeprefix("t-")
    return web.json_response({"kind": "user", "name": name, "groups": [], "admin": False, "scopes": [SCOPE]})


async def main(port: int) -> None:
    application = web.Application()
    application.add_routes([web.get("/hub/api/user", user)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
