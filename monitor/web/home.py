from starlette.requests import Request
from starlette.responses import Response

async def home(request: Request) -> Response:
    return Response("")

