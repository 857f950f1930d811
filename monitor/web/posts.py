from starlette.requests import Request
from starlette.responses import Response

async def post(request: Request) -> Response:
    return Response("")

async def compare(request: Request) -> Response:
    return Response("")

