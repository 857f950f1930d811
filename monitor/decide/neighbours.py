"""Which sites are to be looked at together, since they ask the same hosts? Pure.

In a cluster one worker asks a host at a time. Sites that share one, be it but their feeds', are one group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct


class Group(Struct, frozen=True):
    """Sites none of whose hosts another group has."""

    sites: tuple[str, ...]  #: sorted
    hosts: frozenset[str]


def groups(hosts: Mapping[str, Collection[str]]) -> list[Group]:
    """The sites of a map from site to its hosts (one at least), in as many groups as there can be; by their
    first site."""
    root: dict[str, str] = {}

    def find(host: str) -> str:
        root.setdefault(host, host)
        while root[host] != host:
            root[host] = root[root[host]]
            host = root[host]
        return host

    for several in hosts.values():
        first, *others = sorted(several)
        for other in others:
            root[find(other)] = find(first)
    sites: dict[str, list[str]] = {}
    named: dict[str, set[str]] = {}
    for site in sorted(hosts):
        key = find(min(hosts[site]))
        sites.setdefault(key, []).append(site)
        named.setdefault(key, set()).update(hosts[site])
    return [Group(tuple(sites[k]), frozenset(named[k])) for k in sites]
