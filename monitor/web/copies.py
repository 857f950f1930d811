from starlette.requests import Request
from starlette.responses import Response

async def snapshot(request: Request) -> Response:
    return Response("")

async def raw(request: Request) -> Response:
    return Response("")

async def text(request: Request) -> Response:
    return Response("")

