from starlette.requests import Request
from starlette.responses import Response

async def site(request: Request) -> Response:
    return Response("")

