"""Sites that share hosts are one group, those that do not are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.decide.neighbours import Group, groups


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({}, []),
        ({"a": {"x"}}, [Group(("a",), frozenset("x"))]),
        (
            {"b": {"y"}, "a": {"x"}},
            [Group(("a",), frozenset("x")), Group(("b",), frozenset("y"))],
        ),
        # One host for two sites, and through a third one for a third site.
        ({"a": {"x"}, "b": {"x", "y"}, "c": {"y"}}, [Group(("a", "b", "c"), frozenset("xy"))]),
        (
            {"a": {"x"}, "c": {"z", "x"}, "b": {"y"}},
            [Group(("a", "c"), frozenset("xz")), Group(("b",), frozenset("y"))],
        ),
    ],
)
def test_groups(hosts: dict[str, set[str]], expected: list[Group]) -> None:
    assert groups(hosts) == expected


@given(
    st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=2),
        st.sets(st.sampled_from([f"h{n}" for n in range(12)]), min_size=1, max_size=3),
    )
)
def test_every_site_is_in_one_group_and_no_host_in_two(hosts: dict[str, set[str]]) -> None:
    found = groups(hosts)
    assert sorted(s for g in found for s in g.sites) == sorted(hosts)
    assert sum(len(g.hosts) for g in found) == len(set().union(*hosts.values()))
    for group in found:
        assert group.hosts == set().union(*(hosts[s] for s in group.sites))
        # As small as it can be: from its first site all others are reached over shared hosts.
        reached, before = {group.sites[0]}, set[str]()
        while reached != before:
            before = set(reached)
            near = set().union(*(hosts[s] for s in reached))
            reached |= {s for s in group.sites if hosts[s] & near}
        assert reached == set(group.sites)
