"""Walls, captchas, consent: nothing may be concluded, whatever their status; and what only looks so."""

from __future__ import annotations

import pytest

from monitor.model import Reason, Seen, SiteFacts
from monitor.read.page import read_page
from monitor.read.verdict import judge
from monitor.read.verdict.signs import Phrases
from monitor.read.verdict.walls import consent_page, wall_page

from .verdict_build import (
    CHROME,
    HOME,
    OTHER_TEXT,
    OTHER_TITLE,
    TEXT,
    TITLE,
    URL,
    answer,
    article,
    case,
    page,
)

BARE = page("", [], h1=["Blocked"], chrome=("", "", ""), extracted=[])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"cf_mitigated": "challenge"}),
        (200, {"cf_mitigated": "challenge"}),
        (404, {"cf_mitigated": "challenge"}),
        (202, {"x_amzn_waf_action": "challenge"}),
        (405, {"x_amzn_waf_action": "captcha"}),
        (403, {"x_datadome": "protected"}),
        (403, {"set_cookie": "datadome=abc; Path=/"}),
        (403, {"x_px_block": "1"}),
        (403, {"server": "AkamaiGHost"}),
        (403, {"server": "awselb/2.0"}),
        (403, {"server": "CloudFront", "x_cache": "Error from cloudfront"}),
        (403, {"x_sucuri_block": "BL01"}),
        (403, {"x_iinfo": "9-1-0", "x_cdn": "Imperva"}),
        (429, {"x_kpsdk_ct": "token"}),
        (403, {"server": "ddos-guard"}),
        (403, {"x_vercel_mitigated": "challenge"}),
        (202, {"sg_captcha": "challenge"}),
    ],
)
def test_headers_of_walls(status: int, headers: dict[str, str]) -> None:
    found = judge(case(BARE, answer(status, sent=headers)))
    assert (found.seen, found.rule, found.wall) == (Seen.UNCLEAR, "wall_header", True)


@pytest.mark.parametrize(
    "headers",
    [
        {"x_iinfo": "9-1-0", "x_cdn": "Incapsula"},
        {"x_datadome": "protected"},
        {"x_sucuri_id": "11"},
        {"server": "cloudflare", "cf_ray": "7-AMS"},
        {"server": "AkamaiGHost"},
        {"x_cache": "Error from cloudfront"},
    ],
)
def test_the_same_vendors_pass_an_honest_404_on(headers: dict[str, str]) -> None:
    found = judge(case(page("Not found", ["Sorry."], extracted=[]), answer(404, sent=headers)))
    assert found.reason is Reason.NOT_FOUND


@pytest.mark.parametrize("status", [502, 504, 520, 522, 525, 530])
def test_a_networks_page_for_a_server_that_fails_blocks_nobody(status: int) -> None:
    """Cloudflare's error pages and its blocks are of one make; who is at fault is in the status."""
    source = b'<html><div id="cf-wrapper"><div id="cf-error-details">Performance & security by Cloudflare'
    shown = page("Connection timed out", ["Connection timed out", "Error code"], extracted=[])
    found = judge(case(shown, answer(status, body=source, sent={"server": "cloudflare"})))
    assert (found.seen, found.rule, found.wall) == (Seen.UNCLEAR, "server_error", False)


def test_a_plain_403_of_the_sites_own_server_is_restricted() -> None:
    body = b"<html><h1>403 Forbidden</h1><hr><center>nginx</center></html>"
    shown = page("403 Forbidden", [], extracted=[], chrome=("", "", "nginx"))
    assert judge(case(shown, answer(403, body=body))).reason is Reason.RESTRICTED
    own = page("Access denied", ["You are not authorised to read this page."])
    assert judge(case(own, answer(403))).reason is Reason.RESTRICTED
    storage = b"<Error><Code>AccessDenied</Code></Error>"
    said = answer(403, body=storage, server="AmazonS3")
    assert judge(case(None, said)).reason is Reason.RESTRICTED


@pytest.mark.parametrize(
    ("title", "h1", "text", "body"),
    [
        ("Just a moment...", [], ["Enable JavaScript and cookies to continue"], b"_cf_chl_opt"),
        ("", [], ["Request unsuccessful. Incapsula incident ID: 4-5"], b"Incapsula incident ID"),
        (
            "Access Denied",
            ["Access Denied"],
            ["Reference #18.2"],
            b"https://errors.edgesuite.net/18",
        ),
        (
            "harbour.example",
            [],
            ["Please enable JS and disable any ad blocker"],
            b"geo.captcha-delivery.com/captcha",
        ),
        (
            "Access to this page has been denied",
            ["Press & Hold to confirm you are a human"],
            [],
            b"px-captcha",
        ),
        ("Human Verification", [], ["JavaScript is disabled"], b"awswaf.com/token"),
        (
            "Sucuri WebSite Firewall - Access Denied",
            ["Access Denied"],
            ["Block reason: bad bot"],
            b"Sucuri WebSite Firewall",
        ),
        (
            "Pardon Our Interruption",
            ["Pardon Our Interruption"],
            ["Something about your browser made us believe you are a bot."],
            b"",
        ),
        (
            "Request Rejected",
            [],
            [
                "The requested URL was rejected. Please consult with your administrator. Your support ID is: 1"
            ],
            b"",
        ),
        (
            "Making sure you're not a bot!",
            ["Making sure you're not a bot!"],
            ["Loading"],
            b"/.within.website/x/cmd/anubis/static",
        ),
        ("Vercel Security Checkpoint", ["We're verifying your browser"], [], b""),
    ],
)
@pytest.mark.parametrize("status", [200, 403, 503])
def test_pages_of_walls(
    status: int, title: str, h1: list[str], text: list[str], body: bytes
) -> None:
    shown = page(title, text, h1=h1, chrome=("", "", ""), extracted=[])
    for known in (article(), None):
        found = judge(case(shown, answer(status, body=body or b"<html>"), article=known))
        assert found.seen is Seen.UNCLEAR, known
        assert found.wall, found


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Sicherheitsprüfung",
            ["Bitte bestätigen Sie, dass Sie kein Roboter sind, um weiterzulesen."],
        ),
        ("Vérification de sécurité", ["Cochez la case pour montrer que vous n'êtes pas un robot."]),
        (
            "Control de seguridad",
            ["Hemos detectado tráfico inusual. Confirma que no eres un robot."],
        ),
        ("Verificação de segurança", ["Marque a caixa: não sou um robô."]),
        ("Controllo di sicurezza", ["Spunta la casella: non sono un robot."]),
        ("Beveiligingscontrole", ["Vink het vakje aan om te tonen dat je geen robot bent."]),
        (
            "セキュリティチェック",
            ["続けるには、ロボットではありませんにチェックを入れてください。"],
        ),
        ("安全验证", ["请完成验证，证明您不是机器人。"]),
        ("보안 확인", ["로봇이 아닙니다에 체크해 주세요."]),
        ("Проверка безопасности", ["Подтвердите, что вы не робот, чтобы читать дальше."]),
        ("فحص الأمان", ["أنا لست روبوتًا، يرجى ضع علامة للمتابعة."]),
    ],
)
def test_a_check_in_the_sites_own_layout(title: str, text: list[str]) -> None:
    shown = page(title, text)
    found = judge(case(shown))
    assert (found.seen, found.wall) == (Seen.UNCLEAR, True)


def test_a_check_in_words_of_its_own_among_the_sites_teasers() -> None:
    text = ("Kindly prove to us that no bot is reading along.", OTHER_TITLE, *OTHER_TEXT)
    found = judge(case(page("Quick check", text), home_blocks=(*CHROME, OTHER_TITLE, *OTHER_TEXT)))
    assert (found.seen, found.wall) == (Seen.UNCLEAR, True)
    named = judge(case(page("Stay a while", text)))
    assert named.seen is Seen.UNCLEAR


@pytest.mark.parametrize(
    "to",
    [
        f"{HOME}captcha?next=/journal/night-ferry-timetable/",
        f"{HOME}consent?continue=x",
        "https://consent.harbour.example/?url=x",
        "https://geo.captcha-delivery.com/captcha/?cid=1",
        f"{HOME}cdn-cgi/challenge",
        f"{HOME}choose-region",
        "https://unblock.harbour.example/",
        f"{HOME}apology_objects/abuse-detection-apology.html",
    ],
)
def test_redirects_to_walls(to: str) -> None:
    shown = page("One more thing", ["Tell us that we may go on."], url=to)
    found = judge(case(shown, answer(to=to)))
    assert (found.seen, found.rule, found.wall) == (Seen.UNCLEAR, "wall_redirect", True)


def test_a_page_that_leads_back_to_the_post_is_no_removal() -> None:
    to = f"{HOME}hello?return_to=/journal/night-ferry-timetable/"
    shown = page("Hello", ["Nice that you came by, tell us who you are and go on reading."], url=to)
    found = judge(case(shown, answer(to=to)))
    assert found.seen is Seen.UNCLEAR


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Before you continue to Harbour Lines",
            ["We and our 612 partners store cookies. Accept all or reject all."],
        ),
        ("We value your privacy", ["Your consent is needed. Accept all, manage options."]),
        (
            "Ihre Privatsphäre",
            ["Wir und unsere Partner verarbeiten Daten. Alle akzeptieren, alle ablehnen."],
        ),
        (
            "Votre vie privée",
            ["Nos partenaires utilisent des cookies. Tout accepter, tout refuser."],
        ),
        ("您的隐私", ["我们和合作伙伴使用 Cookie。全部接受"]),
        ("Choose your country", ["Norway", "Denmark", "Iceland"]),
    ],
)
def test_consent_in_place_of_the_page(title: str, text: list[str]) -> None:
    found = judge(case(page(title, text)))
    assert (found.seen, found.rule, found.wall) == (Seen.UNCLEAR, "consent_page", True)


def test_a_cookie_banner_on_an_error_page_is_no_wall() -> None:
    banner = "We and our 612 partners value your privacy. Accept all. Reject all."
    shown = page("Page not found", ["Sorry, that page does not exist.", banner], extracted=[])
    assert judge(case(shown)).reason is Reason.SOFT_404


def test_a_captcha_in_the_form_below_an_article_is_no_wall() -> None:
    shown = page(text=(*TEXT, "I'm not a robot"))
    found = judge(case(shown, answer(body=b'<div class="g-recaptcha"></div>')))
    assert found.seen is Seen.PRESENT


@pytest.mark.parametrize(
    "title",
    [
        "Just a moment: how long a ferry waits",
        "Are you a robot?",
        "Access denied",
        "Security check",
    ],
)
def test_articles_about_walls_are_articles(title: str) -> None:
    text = (
        "Verify you are human, the gate says, and half of the crew turn away from it.",
        *OTHER_TEXT,
    )
    known = article(title, text)
    shown = page(title, text, og_type="article")
    assert judge(case(shown, article=known, title=title)).seen is Seen.PRESENT
    first = page(title, text, og_type="article", facts={"declared": frozenset({"published_at"})})
    assert judge(case(first, article=None, title=title)).seen is Seen.PRESENT


def test_the_whole_article_behind_a_wall_header_is_there() -> None:
    assert judge(case(page(), answer(403, x_datadome="protected"))).seen is Seen.PRESENT


def test_furniture_with_wall_words_is_no_wall() -> None:
    bar = "Automated requests are welcome: see our API. You are a robot? So are we."
    facts = SiteFacts(furniture=frozenset({bar}))
    shown = page("Page not found", [bar], extracted=[])
    assert judge(case(shown, facts=facts)).reason is Reason.SOFT_404


def test_titles_are_named_in_evidence() -> None:
    shown = page("Security check", ["Confirm that you are human."])
    assert "security check" in judge(case(shown)).why
    assert TITLE and URL and CHROME


def test_a_refusal_without_a_heading() -> None:
    bare = page(
        "", ["The request is blocked.", "0a1b2c3d-Zm9v"], h1=[], chrome=("", ""), extracted=[]
    )
    assert judge(case(bare, answer(403))).wall
    # what any server says of a page that it keeps to itself
    plain = page("", ["Access to this page is for the crew."], h1=[], chrome=("", ""), extracted=[])
    assert judge(case(plain, answer(403))).reason is Reason.RESTRICTED


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"error code: 1020", "text/html"),
        (b"error code: 1010", "text/plain"),
        (b'{"url":"https://geo.captcha-delivery.com/captcha/?initialCid=x"}', "application/json"),
    ],
)
def test_a_refusal_in_a_code_or_a_line_of_data(body: bytes, kind: str) -> None:
    shown = read_page(body, URL, kind)
    found = judge(case(shown, answer(403, body=body, content_type=kind)))
    assert (found.seen, found.rule, found.wall) == (Seen.UNCLEAR, "wall_page", True)


def test_a_long_page_is_not_searched_for_what_walls_say(monkeypatch: pytest.MonkeyPatch) -> None:
    # Megabytes that are other ones at every look took seconds each, of which nothing could come.
    long = case(page("Another", [f"It stands here, line {n} of many." for n in range(200)]))
    monkeypatch.setattr(Phrases, "all_found", lambda self, texts: pytest.fail("searched"))
    for rule in (wall_page, consent_page):
        assert rule(long) is None
