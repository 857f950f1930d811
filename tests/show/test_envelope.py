"""How to stop a mail: one click where the pages can be reached from everywhere, else a mail to us."""

from __future__ import annotations

import pytest

from monitor.show.envelope import Envelope, footer, mail_headers
from monitor.values import replace

TO = Envelope("mail", "Watch <pw@desk.example>", "d@desk.example", "", "desk.example")
LINK = "https://watch.example.org/unsubscribe/" + "A" * 43


def headers(unsubscribe: str, sender: str = "Watch <pw@desk.example>") -> dict[str, str]:
    to = replace(TO, sender=sender, unsubscribe=unsubscribe)
    return dict(mail_headers("Subject", to, kind="removed"))


def test_one_click() -> None:
    found = headers(LINK)
    assert found["List-Unsubscribe"] == f"<{LINK}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://watch.example.org/unsubscribe/x",
        "https://watch.example.org/a>, <https://evil.example/x",
        "https://watch.example.org/a b",
        "https://watch.example.org/a\r\nBcc: x@evil.example",
        "https://watch.example.org/é",
        "https://watch.example.org/" + "x" * 300,
    ],
)
def test_what_cannot_stand_whole_in_a_header_is_no_link(address: str) -> None:
    found = headers(address)
    assert found["List-Unsubscribe"] == "<mailto:pw@desk.example?subject=stop>"
    assert "List-Unsubscribe-Post" not in found


def test_without_a_sender_there_is_none() -> None:
    assert "List-Unsubscribe" not in headers("", sender="postwatch")


def test_the_footer_names_the_way_and_not_the_link() -> None:
    with_link = footer("Event 7", replace(TO, unsubscribe=LINK))
    assert with_link[1].endswith(
        "to stop it, use “unsubscribe” in your mail program, or take the address out there."
    )
    assert LINK not in " ".join(with_link)
    without = footer("", TO)
    assert without[1].endswith(
        "stands in [channels.mail] to; to stop it, take the address out there."
    )
