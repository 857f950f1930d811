"""Which answers refuse a mail for good: a table, and what holds of all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.notify.refusals import Stage, for_good


@pytest.mark.parametrize(
    ("stage", "answer", "good"),
    [
        (Stage.RECIPIENT, "550 no such user here", True),
        (Stage.RECIPIENT, "550 5.1.1 no such user", True),
        (Stage.RECIPIENT, "550 5.1.10 the domain takes no mail", True),
        (Stage.RECIPIENT, "550 5.2.1 mailbox disabled", True),
        (Stage.RECIPIENT, "551 5.1.6 has moved", True),
        (Stage.RECIPIENT, "553 5.1.3 bad address", True),
        (Stage.RECIPIENT, "554 refused", True),
        (Stage.RECIPIENT, "556 5.1.10 takes no mail", True),
        (Stage.MAIL, "554 5.7.1 looks like spam", True),
        (Stage.MAIL, "552 5.7.0 a file of this kind is not taken", True),
        (Stage.MAIL, "552 5.3.4 too big", True),
        (Stage.MAIL, "552 5.2.3 too big for this mailbox", True),
        (Stage.MAIL, "554 5.6.0 the content cannot be read", True),
        (Stage.MAIL, "550 5.0.0 no", True),
        # what a setting or some time can mend
        (Stage.RECIPIENT, "450 4.7.1 greylisted", False),
        (Stage.RECIPIENT, "554 5.7.1 Relay access denied", False),
        (Stage.RECIPIENT, "550 5.7.26 not authenticated", False),
        (Stage.MAIL, "550 5.7.26 not authenticated", False),
        (Stage.MAIL, "550 5.7.25 no reverse name", False),
        (Stage.RECIPIENT, "530 5.7.0 STARTTLS first", False),
        (Stage.RECIPIENT, "530 log in first", False),
        (Stage.RECIPIENT, "535 5.7.8 bad credentials", False),
        (Stage.RECIPIENT, "552 mailbox full", False),
        (Stage.RECIPIENT, "552 5.2.2 over quota", False),
        (Stage.RECIPIENT, "550 5.2.2 over quota", False),
        (Stage.RECIPIENT, "550 4.2.2 over quota", False),
        (Stage.MAIL, "554 5.3.5 misconfigured", False),
        (Stage.MAIL, "554 5.4.6 loop", False),
        (Stage.RECIPIENT, "503 5.5.1 MAIL first", False),
        (Stage.RECIPIENT, "550 5.5.1 protocol", False),
        (Stage.RECIPIENT, "555 5.5.4 unknown parameter", False),
        (Stage.SENDER, "550 5.1.8 not from you", False),
        (Stage.SENDER, "553 5.7.1 not your address", False),
        (Stage.CONNECT, "554 5.7.1 you are blocked", False),
        (Stage.HELLO, "550 5.7.1 who are you", False),
        (Stage.LOGIN, "535 5.7.8 bad credentials", False),
        (Stage.TLS, "554 5.7.0 no", False),
        (Stage.DATA, "554 no valid recipients", False),
    ],
)
def test_what_is_refused_for_good(stage: Stage, answer: str, good: bool) -> None:
    code, _, text = answer.partition(" ")
    assert for_good(stage, int(code), text) is good


@given(st.sampled_from(Stage), st.integers(-1, 999), st.text())
def test_nothing_but_a_5xx_about_recipient_or_mail_ends_it(
    stage: Stage, code: int, text: str
) -> None:
    if for_good(stage, code, text):
        assert 550 <= code <= 556
        assert stage in (Stage.RECIPIENT, Stage.MAIL)
