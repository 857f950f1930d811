"""`[health] ping`: a URL that is fetched after each good pass, since a dead monitor can't say that it is dead.

Good is a pass that looked, in which none of our work failed, and after which no channel is stuck: where
alerts do not get out, the silence of the ping is the one thing that does.
"""

from __future__ import annotations

from datetime import timedelta

from ..net.exchange import ExchangeFailed
from ..net.transport import open_client
from ..store import queue
from .check import PassResult
from .context import Context

#: For the whole exchange: whoever counts pings answers at once.
TIMEOUT = timedelta(seconds=10)
#: Passes over single sites end every few seconds; who counts wants to hear of it once a minute.
EVERY = timedelta(minutes=1)


def was_good(ctx: Context, result: PassResult) -> bool:
    """Whether a pass is one to be told of."""
    if result.failed or result.blind or not result.outcomes:
        return False
    with ctx.store.read() as conn:
        return not queue.stuck(conn, ctx.config.channels)


async def ping(ctx: Context) -> str:
    """Fetches the URL of the config; why it could not be fetched, "" where it was or there is none."""
    url = ctx.config.health.ping
    if not url:
        return ""
    client = open_client(
        user_agent=ctx.config.fetch.user_agent,
        timeout=TIMEOUT,
        allow_private=ctx.config.fetch.allow_private_networks,
    )
    try:
        answer = await client.exchange("GET", url, max_body=None)
    except ExchangeFailed as e:
        return str(e)
    finally:
        await client.aclose()
    return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
