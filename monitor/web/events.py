from starlette.requests import Request
from starlette.responses import Response

async def listing(request: Request) -> Response:
    return Response("")

async def event(request: Request) -> Response:
    return Response("")

