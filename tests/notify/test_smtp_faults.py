"""A mail against an SMTP server that goes wrong at every step: tried again, never lost, never in clear."""

from __future__ import annotations

import base64
import contextlib
import re
from pathlib import Path

import pytest

from monitor.config import Secret
from monitor.errors import DeliveryError
from monitor.model import Message
from monitor.notify.conversation import PATIENCE, Patience
from monitor.notify.email import EmailChannel, EmailOptions
from tests.support.smtp import (
    DROP,
    ELSEWHERE,
    ENDLESS,
    GARBAGE,
    HANG,
    TRICKLE,
    FaultySmtp,
    Plan,
    faulty_smtp,
    server_tls,
    trusting,
)

ADA, BO, CY = "ada@desk.example", "bo@desk.example", "cy@desk.example"
MESSAGE = Message(
    subject="gadget removed: Über die Zukunft",
    preheader="404",
    text="Gone.\n.\n..\n.hidden\n" + "Long line. " * 400,
    html="<p>Gone.</p>",
    message_id="abc123@desk.example",
)
#: For a server that will not answer; one that does has the usual patience, on a busy machine too.
SHORT = Patience(answer=0.25, opening=2.0, mail=0.25)


def short(plan: Plan) -> Patience:
    return SHORT if {HANG, TRICKLE} & set(plan.values()) else PATIENCE


def channel(
    server: FaultySmtp,
    *,
    login: str = "",
    host: str = "127.0.0.1",
    scheme: str = "smtp",
    trusts: Path | None = None,
    patience: Patience = PATIENCE,
) -> EmailChannel:
    options = EmailOptions(
        type="email",
        smtp=Secret(f"{scheme}://{login}{host}:{server.port}"),
        from_="pw@desk.example",
        to=(ADA, BO, CY),
    )
    tls = trusting(trusts) if trusts else None
    return EmailChannel("mail", options, tls=tls, patience=patience)


async def refused(mail: EmailChannel, recipient: str = ADA) -> DeliveryError:
    with pytest.raises(DeliveryError) as told:
        await mail.send(MESSAGE, recipient)
    assert "\n" not in str(told.value) and str(told.value).isprintable()
    return told.value


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"greeting": "421 4.3.2 shutting down"}, "421 4.3.2 shutting down"),
        ({"greeting": "554 5.7.1 no service for you"}, "554 5.7.1"),
        ({"greeting": DROP}, "Unexpected EOF"),
        ({"greeting": GARBAGE}, "Malformed"),
        ({"greeting": HANG}, "did not answer within 0.25 s (the connection)"),
        ({"greeting": TRICKLE}, "did not answer within 0.25 s"),
        ({"greeting": ENDLESS}, "too long"),
        ({"EHLO": "421 4.3.2 too busy"}, "421 4.3.2"),
        ({"EHLO": "550 5.7.1 who are you"}, "550 5.7.1"),
        ({"EHLO": DROP}, "(EHLO)"),
        ({"EHLO": ENDLESS}, "too long"),
        ({"MAIL": "451 4.3.0 not now"}, "451 4.3.0"),
        ({"MAIL": "530 5.7.0 log in first"}, "530 5.7.0"),
        ({"MAIL": "550 5.1.8 not from you"}, "550 5.1.8"),
        ({"MAIL": "250"}, ""),
        ({"MAIL": DROP}, "(MAIL FROM)"),
        ({"MAIL": HANG}, "did not answer within 0.25 s (MAIL FROM)"),
        ({"RCPT": "450 4.7.1 greylisted"}, "450 4.7.1 greylisted"),
        ({"RCPT": "421 4.7.0 too many"}, "421 4.7.0"),
        ({"RCPT": "554 5.7.1 Relay access denied"}, "Relay access denied"),
        ({"RCPT": "450-4.2.0 one\r\n450 4.2.0 two \xe9\xff"}, "450 4.2.0 one 4.2.0 two"),
        ({"RCPT": DROP}, "(RCPT TO)"),
        ({"DATA": "451 4.3.0 disk"}, "451 4.3.0"),
        ({"DATA": "250 what?"}, "answered 250"),
        ({"DATA": DROP}, "(DATA)"),
        ({"DATA": HANG}, "(DATA)"),
        ({"body": DROP}, "(the mail itself)"),
        ({"body": "421 4.3.2 shutting down"}, "421 4.3.2"),
        ({"dot": "452 4.3.1 full"}, "452 4.3.1"),
        ({"dot": DROP}, "(the mail itself)"),
        ({"dot": HANG}, "did not answer within 0.25 s (the mail itself)"),
        ({"dot": TRICKLE}, "did not answer within 0.25 s"),
        ({"dot": GARBAGE}, "Malformed"),
    ],
)
async def test_what_goes_wrong_once_is_tried_again_and_arrives(plan: Plan, said: str) -> None:
    async with faulty_smtp(plan, {}) as server:
        if said:
            error = await refused(channel(server, patience=short(plan)))
            assert said in str(error)
            assert not error.permanent
            assert server.mails == []
        await channel(server).send(MESSAGE, ADA)
    [got] = server.mails
    assert (got.id, got.recipient) == ("<abc123@desk.example>", ADA)
    text = got.parsed().get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").rstrip() == MESSAGE.text.rstrip()


@pytest.mark.parametrize("lost", [DROP, HANG, GARBAGE, "421 4.3.2 shutting down"])
async def test_a_lost_acknowledgement_is_a_double_under_one_id(lost: str) -> None:
    """The server has the mail, and nobody can know: the one case in which it comes twice."""
    async with faulty_smtp({"kept": lost}, {}) as server:
        assert not (await refused(channel(server, patience=short({"": lost})))).permanent
        await channel(server).send(MESSAGE, ADA)
    assert [m.told for m in server.mails] == [False, True]
    assert len({m.id for m in server.mails}) == 1


@pytest.mark.parametrize(
    "plan",
    [
        {"QUIT": DROP},
        {"QUIT": "500 what?"},
        {"QUIT": GARBAGE},
        {"QUIT": HANG},
        {"kept": "250-2.0.0 taken\r\n250 2.0.0 really"},
        {"kept": "251 2.1.5 will forward"},
        {"greeting": "220-faulty.example\r\n220-no spam\r\n220 welcome"},
        {"greeting": "220"},
        {"EHLO": "502 5.5.1 unknown"},
        {"EHLO": "250 faulty.example"},
        {f"RCPT {ADA}": "251 2.1.5 will forward"},
    ],
)
async def test_odd_and_yet_delivered(plan: Plan) -> None:
    async with faulty_smtp(plan) as server:
        await channel(server, patience=short(plan)).send(MESSAGE, ADA)
    assert len(server.mails) == 1


async def test_one_bad_recipient_of_three() -> None:
    async with faulty_smtp({f"RCPT {BO}": "550 5.1.1 no such user"}) as server:
        mail = channel(server)
        await mail.send(MESSAGE, ADA)
        assert (await refused(mail, BO)).permanent
        await mail.send(MESSAGE, CY)
    assert [m.recipient for m in server.mails] == [ADA, CY]


async def test_a_server_slow_at_every_answer_is_waited_for_and_one_without_end_is_not() -> None:
    async with faulty_smtp({"RCPT": TRICKLE}) as server:
        told = await refused(channel(server, patience=Patience(answer=9, opening=0.1)))
    assert "did not answer within 0.1 s (RCPT TO)" in str(told)
    whole = Patience()
    assert whole.answer * 5 <= whole.opening  # every answer of an opening may be that slow
    assert whole.opening + whole.mail < 300  # the lease of a delivery


@pytest.mark.parametrize("login", ["", "ada:open sesame@"])
@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            {"STARTTLS": "454 4.7.0 TLS not available"},
            "454 4.7.0 TLS not available; a mail is never",
        ),
        ({"STARTTLS": "502 5.5.1 what?"}, "502 5.5.1"),
        ({"STARTTLS": GARBAGE}, "a mail is never sent in clear"),
        ({"STARTTLS": DROP}, "no trusted TLS connection"),
        ({"STARTTLS": HANG}, "no trusted TLS connection: did not answer within 0.25 s"),
        ({"handshake": GARBAGE}, "no trusted TLS connection"),
        ({"handshake": DROP}, "no trusted TLS connection"),
        ({"handshake": HANG}, "no trusted TLS connection: did not answer within 0.25 s"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
async def test_tls_that_fails_is_no_reason_for_clear_text(
    plan: Plan, said: str, login: str, host: str, certificate: Path
) -> None:
    async with faulty_smtp(plan, tls=server_tls(certificate), auth="PLAIN") as server:
        mail = channel(server, host=host, login=login, trusts=certificate, patience=short(plan))
        error = await refused(mail)
    assert said in str(error)
    assert not error.permanent
    assert server.mails == []
    assert not {"AUTH", "MAIL", "RCPT", "DATA"} & set(server.steps)
    assert no_password(server)


def no_password(server: FaultySmtp) -> bool:
    """Whether neither the password nor the mail was ever heard in clear, in any coding."""
    words = [b"open sesame", b"Gone."]
    for coded in re.findall(rb"[A-Za-z0-9+/=]{8,}", bytes(server.clear)):
        with contextlib.suppress(ValueError):
            server.clear += base64.b64decode(coded)
    return not any(w in server.clear for w in words)


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "PLAIN LOGIN"])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_login_over_tls(auth: str, scheme: str, certificate: Path) -> None:
    tls = server_tls(certificate)
    async with faulty_smtp(tls=tls, implicit=scheme == "smtps", auth=auth) as server:
        mail = channel(
            server, login="ada:open sesame@", host=ELSEWHERE, scheme=scheme, trusts=certificate
        )
        await mail.send(MESSAGE, ADA)
    assert [m.secure for m in server.mails] == [True]
    assert no_password(server)


@pytest.mark.parametrize(
    ("auth", "plan", "said"),
    [
        ("PLAIN", {"AUTH": "535 5.7.8 no"}, "refused user or password: 535 5.7.8"),
        ("PLAIN", {"AUTH": "454 4.7.0 later"}, "refused user or password: 454"),
        ("PLAIN", {"AUTH": DROP}, "(the login)"),
        ("CRAM-MD5", {"AUTH": "334 abcde"}, "Invalid CRAM-MD5 challenge"),
        ("GSSAPI", {}, "No suitable authentication method"),
        ("", {}, "AUTH extension is not supported"),
    ],
)
async def test_a_login_that_fails_is_the_relays_matter(
    auth: str, plan: Plan, said: str, certificate: Path
) -> None:
    async with faulty_smtp(plan, tls=server_tls(certificate), auth=auth) as server:
        mail = channel(server, login="ada:open sesame@", host=ELSEWHERE, trusts=certificate)
        error = await refused(mail)
    assert said in str(error)
    assert not error.permanent
    assert "sesame" not in str(error)


async def test_a_relay_that_repeats_a_login_tells_nobody_the_password(certificate: Path) -> None:
    login = base64.b64encode(b"\0ada\0open sesame").decode()
    said = {"AUTH": f"535 5.7.8 not so: AUTH PLAIN {login}, that is ada open sesame"}
    async with faulty_smtp(said, tls=server_tls(certificate), auth="PLAIN") as server:
        mail = channel(server, login="ada:open%20sesame@", host=ELSEWHERE, trusts=certificate)
        error = await refused(mail)
    assert "refused user or password: 535 5.7.8 not so: AUTH PLAIN ***, that is ada ***" in str(
        error
    )


async def test_a_server_that_wants_a_login_we_were_not_given() -> None:
    async with faulty_smtp(auth="PLAIN") as server:
        error = await refused(channel(server))
    assert "530 5.7.0 log in first" in str(error)
    assert not error.permanent


@pytest.mark.parametrize("host", ["127.0.0.1", ELSEWHERE])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_no_password_to_a_certificate_nobody_vouches_for(
    host: str, scheme: str, certificate: Path
) -> None:
    """On this machine neither: who listens there need not be the relay."""
    tls = server_tls(certificate)
    async with faulty_smtp(tls=tls, implicit=scheme == "smtps", auth="PLAIN") as server:
        error = await refused(channel(server, login="ada:open sesame@", host=host, scheme=scheme))
    assert "no trusted TLS connection: self-signed certificate" in str(error)
    assert "SSL_CERT_FILE names a CA of your own" in str(error)
    assert "AUTH" not in server.steps


async def test_a_ca_of_ones_own(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    async with faulty_smtp(tls=server_tls(certificate), auth="PLAIN") as server:
        await channel(server, login="ada:open sesame@", host=ELSEWHERE).send(MESSAGE, ADA)
        error = await refused(channel(server, login="ada:open sesame@", host="localhost"))
    assert [m.secure for m in server.mails] == [True]
    assert "ostname mismatch" in str(error)
    assert "SSL_CERT_FILE" not in str(error)  # it would not help
