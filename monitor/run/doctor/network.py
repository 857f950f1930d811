"""Do names resolve, to addresses that may be fetched? Is our clock right, by the servers' own dates?"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection

from ...config import Config
from ...decide.skew import skew
from ...model import Reason
from ...net.exchange import ExchangeFailed
from ...net.guard import origin
from ...net.names import NoSuchName, RefusedHost, SystemResolver, vetted
from ...net.transport.dial import dial
from ...show.checkup import Finding, Level
from ...store import Store, health, sites
from ...units import shown_duration_long
from ..standstill import open_reason

_GROUP = "network and clock"
#: Looks older than this tell of a clock that may have been set since.
RECENT = timedelta(days=1)
#: Seconds for one connection.
_DIAL = 6.0
#: Hosts asked for; a config may name hundreds.
_HOSTS = 20


async def names(config: Config) -> list[Finding]:
    """Whether the hosts of the sites have addresses that may be fetched; behind a proxy that is its
    business."""
    if config.fetch.proxy:
        return await _dialled(
            "the proxy", config.fetch.proxy.reveal(), "[fetch] proxy", config, private=True
        )
    hosts = list(dict.fromkeys(h for s in config.sites if (h := urlsplit(s.url).hostname)))[:_HOSTS]
    if not hosts:
        return []
    resolve = SystemResolver()
    private = config.fetch.allow_private_networks
    looks = (vetted(resolve, host, 443, allow_private=private) for host in hosts)
    try:
        answers = await asyncio.gather(*looks, return_exceptions=True)
    finally:
        resolve.close()
    unknown = [h for h, a in zip(hosts, answers, strict=True) if isinstance(a, NoSuchName)]
    found = [
        Finding(
            _GROUP,
            Level.MEND,
            f"{a}: it is not fetched",
            f"allow_private_networks = true in [fetch] of {config.path}, if you mean that host",
        )
        for a in answers
        if isinstance(a, RefusedHost)
    ]
    if unknown and len(unknown) == len(hosts):
        what = f"no name can be resolved ({', '.join(unknown[:3])}): is this machine on line?"
        found.append(Finding(_GROUP, Level.MEND, what, "getent hosts " + unknown[0]))
    else:
        for host in unknown:
            what = f"{host} has no address at present"
            found.append(Finding(_GROUP, Level.NOTE, what, f"getent hosts {host}"))
    if not found:
        what = (
            f"the names of all {len(hosts)} hosts resolve"
            if len(hosts) > 1
            else f"{hosts[0]} resolves"
        )
        found.append(Finding(_GROUP, Level.OK, what))
    return found


async def ping(config: Config) -> list[Finding]:
    """Whether whoever counts the pings can be connected to; nothing is fetched, or it would count."""
    url, private = config.health.ping, config.fetch.allow_private_networks
    if not url:
        return []
    return await _dialled("[health] ping", url, "[health] ping", config, private=private)


async def _dialled(
    what: str, url: str, key: str, config: Config, *, private: bool
) -> list[Finding]:
    # A user and password in it are for the proxy itself: to dial they are not needed.
    scheme, _, rest = url.partition("://")
    bare = f"{scheme}://{rest.rpartition('@')[2]}"
    try:
        await dial(bare, allow_private=private, seconds=_DIAL)
    except ExchangeFailed as e:
        said = f"{what} cannot be reached at {origin(bare)}: {e}"
        return [Finding(_GROUP, Level.MEND, said, f"correct {key} in {config.path}")]
    return [Finding(_GROUP, Level.OK, f"{what} can be dialled at {origin(bare)}")]


def clock(conn: Connection, config: Config, store: Store, now: datetime) -> list[Finding]:
    """Our clock beside those of the servers we looked at lately; and whether we could look at all."""
    found = []
    if open_reason(conn) is Reason.NETWORK:
        what = "in the last pass no site could be connected to: it is our network"
        found.append(Finding(_GROUP, Level.MEND, what, "mend the network; the next pass says so"))
    looks = [
        (urlsplit(x.url).netloc, x.at, x.server_date)
        for row in sites.sites(conn, watched=True)
        for x in health.look_times(conn, row.id)
        if now - RECENT <= x.at <= now
    ]
    measured = skew(looks)
    if measured is None:
        what = "whether the clock is right is not known: no server said the time within a day"
        return [*found, Finding(_GROUP, Level.NOTE, what)]
    by = "one server" if measured.servers == 1 else f"{measured.servers} servers"
    if not measured.far:
        return [*found, Finding(_GROUP, Level.OK, f"the clock agrees with that of {by}")]
    apart = shown_duration_long(abs(measured.behind))
    way = "behind" if measured.behind > timedelta(0) else "ahead of"
    what = f"the clock of this machine is {apart} {way} that of {by}: times in evidence are wrong by it"
    return [*found, Finding(_GROUP, Level.MEND, what, "sudo timedatectl set-ntp true")]
