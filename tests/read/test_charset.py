"""Which characters bytes mean, declared, belied or not declared at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.article.charset import decode_html, looks_like_html
from monitor.read.article.charset_labels import CODECS, encoding_of

TEXTS = {
    "shift_jis": "料金の改定についてのお知らせです。ご利用のお客様はこちらをご覧ください。",
    "euc-jp": "料金の改定についてのお知らせです。ご利用のお客様はこちらをご覧ください。",
    "iso-2022-jp": "料金の改定についてのお知らせです。",
    "gb18030": "我们对这个问题进行了说明，现在所有的用户都可以看到新的价格。",
    "big5": "我們對這個問題進行了說明，現在所有的用戶都可以看到新的價格。",
    "euc-kr": "요금 안내가 변경되었습니다. 자세한 내용은 이 글에서 확인하시기 바랍니다.",
    "windows-1251": "Мы изменили цены для всех клиентов и объясняем, почему это произошло",
    "koi8-r": "Мы изменили цены для всех клиентов и объясняем, почему это произошло",
    "windows-1253": "Αλλάξαμε τις τιμές για όλους τους πελάτες και εξηγούμε γιατί",
    "windows-1255": "שינינו את המחירים לכל הלקוחות ואנחנו מסבירים למה",
    "windows-1256": "لقد غيرنا الأسعار لجميع العملاء ونشرح لماذا حدث ذلك",
    "windows-874": "เราได้เปลี่ยนราคาสำหรับลูกค้าทุกคนและอธิบายเหตุผล",
    "windows-1250": "Zmieniliśmy ceny dla wszystkich klientów i wyjaśniamy, dlaczego się tak stało",
    "windows-1254": "Fiyatları değiştirdik ve bunun nedenini açıklıyoruz, tüm müşteriler için",
    "windows-1252": "Wir haben die Preise für alle geändert. Voilà, ça a été décidé",
}


def page(text: str, head: str = "") -> str:
    return (
        f"<!doctype html><html><head>{head}<title>t</title></head><body><p>{text}</p></body></html>"
    )


@pytest.mark.parametrize("name", TEXTS)
def test_declared_in_the_header(name: str) -> None:
    source = page(TEXTS[name])
    text, used = decode_html(source.encode(CODECS[name]), f"text/html; charset={name.upper()}")
    assert (text, used) == (source, name)


@pytest.mark.parametrize("name", TEXTS)
def test_declared_in_the_page(name: str) -> None:
    source = page(
        TEXTS[name], f'<meta http-equiv="Content-Type" content="text/html; charset={name}">'
    )
    assert decode_html(source.encode(CODECS[name]), "text/html") == (source, name)


@pytest.mark.parametrize("name", TEXTS)
def test_guessed(name: str) -> None:
    source = page(TEXTS[name])
    assert decode_html(source.encode(CODECS[name])) == (source, name)


@pytest.mark.parametrize("name", [n for n in TEXTS if n != "iso-2022-jp"])  # that one is ASCII
def test_declared_utf8_and_is_not(name: str) -> None:
    source = page(TEXTS[name], '<meta charset="utf-8">')
    assert decode_html(source.encode(CODECS[name]))[0] == source


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "gb2312", "shift_jis"])
def test_utf8_under_a_wrong_name(label: str) -> None:
    source = page("Größe, naïve café – “quoted” 料金の改定")
    assert decode_html(source.encode(), f"text/html; charset={label}") == (source, "utf-8")


def test_order_of_declarations() -> None:
    source = page("Мир и труд", '<meta charset="koi8-r">')
    assert decode_html(source.encode("cp1251"), "text/html; charset=windows-1251")[0] == source
    bom = b"\xef\xbb\xbf" + page("é").encode()
    assert decode_html(bom, "text/html; charset=iso-8859-1") == (page("é"), "utf-8")
    for codec, mark in (("utf_16_le", b"\xff\xfe"), ("utf_16_be", b"\xfe\xff")):
        assert decode_html(mark + page("é").encode(codec))[0] == page("é")
    xml = '<?xml version="1.0" encoding="ISO-8859-15"?>' + page("5 €")
    assert decode_html(xml.encode("iso8859_15")) == (xml, "iso-8859-15")


def test_labels_mean_what_the_web_means() -> None:
    assert encoding_of(" Latin1 ") == "windows-1252"
    assert encoding_of("gb2312") == "gb18030"
    assert encoding_of("ks_c_5601-1987") == "euc-kr"
    assert encoding_of("iso-8859-9") == "windows-1254"
    assert decode_html("“x”".encode("cp1252"), "iso-8859-1")[0] == "“x”"


@pytest.mark.parametrize(
    "label", ["idna", "rot13", "zlib", "punycode", "unicode_escape", "utf-7", ""]
)
def test_pythons_own_codecs_are_unknown(label: str) -> None:
    assert encoding_of(label) is None
    assert decode_html(b"<p>\\u0041+ADw-", f"text/html; charset={label}")[0] == "<p>\\u0041+ADw-"


def test_a_commented_declaration_does_not_count() -> None:
    source = page("é", '<!-- <meta charset="koi8-r"> -->')
    assert decode_html(source.encode("cp1252"))[1] == "windows-1252"


def test_one_broken_letter_leaves_utf8() -> None:
    body = page("überall schöne Wörter").encode().replace(b"W", b"\xff W")
    text, used = decode_html(body, "text/html; charset=utf-8")
    assert used == "utf-8" and "überall sch" in text and "\ufffd" in text


def test_cut_within_a_letter() -> None:
    body = page("x" * 100 + "é").encode()
    cut = body[: body.index("é".encode()) + 1]
    assert decode_html(cut) == (cut[:-1].decode(), "utf-8")


def test_looks_like_html() -> None:
    assert looks_like_html("<!-- x --> <!-- y -->\n<!DOCTYPE html>")
    assert looks_like_html('<?xml version="1.0"?><html>')
    assert not looks_like_html('<?xml version="1.0"?><rss>')
    assert not looks_like_html("<!---->" * 1000)


@given(st.binary(), st.text(max_size=60))
def test_never_raises(body: bytes, content_type: str) -> None:
    text, used = decode_html(body, content_type)
    assert isinstance(text, str) and used in CODECS


@given(st.text())
def test_utf8_always_comes_back(text: str) -> None:
    body = text.encode("utf-8", "replace")
    if not body.isascii() and not body.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert decode_html(body) == (text.encode("utf-8", "replace").decode(), "utf-8")
