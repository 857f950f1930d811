"""Title, byline, dates: what a page declares, in whatever form, and that broken forms harm nobody."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.read.article import Article
from monitor.read.article.dates import day_in, normal_date, updated_in
from monitor.read.article.language import guess
from monitor.read.page import read_page

URL = "https://coast.example/blog/a"
TEXT = (
    "<p>The harbour office will keep its doors open until nine in the evening, all year round.</p>"
)


def article(head: str = "", inner: str = TEXT, lang: str = "en") -> Article:
    html = f"<html lang='{lang}'><head>{head}</head><body><main>{inner}{TEXT}</main></body></html>"
    return read_page(html.encode(), URL, "text/html; charset=utf-8").article


def ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(fields)}</script>'


# ---------------------------------------------------------------- title


@pytest.mark.parametrize(
    ("head", "inner", "title"),
    [
        ("<title>A tower | Coast</title>", "<h1>A tower</h1>", "A tower"),
        ("<title>A tower moves</title>", "<h1> A  <em>tower</em>\n moves </h1>", "A tower moves"),
        ("<title>A tower moves | Coast Works</title>", "", "A tower moves"),
        ("<title>A tower - Coast</title><meta property=og:site_name content=Coast>", "", "A tower"),
        ("<title>Coast: A tower</title><meta property=og:site_name content=Coast>", "", "A tower"),
        ("<title>x</title><meta property=og:title content='A tower'>", "", "A tower"),
        (
            "<title>A tower | Coast</title><meta property=og:site_name content=Coast>",
            "<h1>Coast</h1><h1>A tower</h1>",
            "A tower",
        ),
        (ld(**{"@type": "Article", "headline": "Rock &amp; sea"}), "", "Rock & sea"),
        ("<title>Up – and away</title>", "<h1>Up – and away</h1>", "Up – and away"),
        ("", "", ""),
    ],
)
def test_title(head: str, inner: str, title: str) -> None:
    found = article(head, inner + TEXT)
    assert found.title == title
    assert ("title" in found.declared) is bool(title)


def test_the_headline_that_readers_see_counts() -> None:
    head = "<title>A tower moves | Coast</title>" + ld(
        **{"@type": "Article", "headline": "A tower moves"}
    )
    assert article(head, "<h1>A tower moves at last</h1>").title == "A tower moves at last"


# ---------------------------------------------------------------- byline


@pytest.mark.parametrize(
    ("author", "byline"),
    [
        ("Ida Falk", "Ida Falk"),
        ("By Ida Falk", "Ida Falk"),
        ({"@type": "Person", "name": "Ida Falk"}, "Ida Falk"),
        ([{"name": "Ida Falk"}, {"name": "Bo Ek"}], "Ida Falk, Bo Ek"),
        (["Ida Falk", "Bo Ek"], "Ida Falk, Bo Ek"),
        ({"name": ["Ida Falk", "Bo Ek"]}, "Ida Falk, Bo Ek"),
        ("https://coast.example/ida", ""),
        ({"@id": "#nobody"}, ""),
        (None, ""),
        (7, ""),
        ([[["Ida"]]], ""),
    ],
)
def test_authors_of_json_ld(author: object, byline: str) -> None:
    found = article(ld(**{"@type": "BlogPosting", "headline": "x", "author": author}))
    assert found.byline == byline
    assert ("author" in found.declared) is bool(byline)


def test_authors_by_reference_in_a_graph() -> None:
    head = ld(
        **{
            "@graph": [
                {"@type": "WebSite", "name": "Coast"},
                {"@type": "Person", "@id": "#ida", "name": "Ida Falk"},
                {"@type": ["Article", "BlogPosting"], "headline": "x", "author": {"@id": "#ida"}},
            ]
        }
    )
    assert article(head).byline == "Ida Falk"


@pytest.mark.parametrize(
    ("inner", "byline"),
    [
        ('<a rel="author" href="/ida">Ida Falk</a>', "Ida Falk"),
        ('<span itemprop="author"><span itemprop="name">Ida Falk</span> editor</span>', "Ida Falk"),
        ('<p class="byline">By Ida Falk | 3 May 2020</p>', "Ida Falk"),
        ('<div class="post-author-name">Von Ida Falk</div>', "Ida Falk"),
        ('<a rel="author" href="/admin">admin</a>', ""),
    ],
)
def test_bylines_in_the_page(inner: str, byline: str) -> None:
    assert article(inner=f"<h1>A tower</h1>{inner}{TEXT}").byline == byline


@pytest.mark.parametrize(
    ("line", "byline"),
    [
        ("Harbour Works, May 3, 2020 – Ida Falk", "Ida Falk"),
        ("2020-05-03 · I. Falk", "I. Falk"),
        ("Ida van der Falk | 3 May 2020, 14:30 | 5 min read", "Ida van der Falk"),
        ("3 May 2020 | Harbour Works", ""),
        ("3 May 2020 | Ida Falk | Customer Stories", ""),  # which of them?
        ("3 May 2020 · the tower and its keeper", ""),
        ("Ida Falk", ""),
    ],
)
def test_a_name_beside_the_date(line: str, byline: str) -> None:
    head = "<title>A tower | Harbour Works</title>"
    found = article(head, f"<h1>A tower</h1><div class=x>{line}</div>{TEXT}")
    assert found.byline == byline
    assert ("author" in found.declared) is bool(byline)
    of_the_house = head.replace("A tower", "Harbour Works builds a tower")
    inner = f"<h1>Harbour Works builds a tower</h1><div>{line}</div>{TEXT}"
    assert article(of_the_house, inner).byline == byline


def test_the_byline_that_readers_see_wins_over_another() -> None:
    head = ld(**{"@type": "Article", "author": "Coast Works"})
    assert article(head, '<p class="byline">By Ida Falk</p>').byline == "Ida Falk"
    same = ld(**{"@type": "Article", "author": "Ida M. Falk"})
    assert article(same, '<p class="byline">By Ida Falk</p>').byline == "Ida M. Falk"


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-05-03", "2020-05-03"),
        ("2020-5-3", "2020-05-03"),
        ("2020-05-03T10:20:30Z", "2020-05-03T10:20:30Z"),
        ("2020-05-03T10:20:30.123+02:00", "2020-05-03T08:20:30Z"),
        ("2020-05-03 10:20:30 +0000", "2020-05-03T10:20:30Z"),
        ("2020-05-03T10:20", "2020-05-03"),
        ("2020-05-03T10:20:30", "2020-05-03"),
        ("20200503", "2020-05-03"),
        ("Sun, 03 May 2020 10:20:30 GMT", "2020-05-03T10:20:30Z"),
        ("May 3rd, 2020", "2020-05-03"),
        ("3 May 2020", "2020-05-03"),
        ("3. Mai 2020", "2020-05-03"),
        ("le 3 mai 2020", "2020-05-03"),
        ("3 de mayo de 2020", "2020-05-03"),
        ("3 de maio de 2020", "2020-05-03"),
        ("3 maggio 2020", "2020-05-03"),
        ("3 mei 2020", "2020-05-03"),
        ("03.05.2020", "2020-05-03"),
        ("2020年5月3日", "2020-05-03"),
        ("2020년 5월 3일", "2020-05-03"),
        ("yesterday", ""),
        ("2020-13-40", ""),
        ("2020-05-03T99:99:99Z", ""),
        ("0001-01-01T00:00:00Z", ""),
        ("", ""),
    ],
)
def test_dates(text: str, expected: str) -> None:
    assert normal_date(text) == expected


@given(st.text(max_size=60))
def test_any_text_as_a_date(text: str) -> None:
    assert len(normal_date(text)) in (0, 10, 20)
    assert len(day_in(text)) in (0, 10)


@pytest.mark.parametrize(
    "line",
    [
        "Updated on May 3, 2020",
        "Last updated: 3 May 2020",
        "Posted 1 April 2020 · Updated 3 May 2020",
        "Aktualisiert am 3. Mai 2020",
        "Mis à jour le 3 mai 2020",
        "Actualizado el 3 de mayo de 2020",
        "Atualizado em 3 de maio de 2020",
        "Aggiornato il 3 maggio 2020",
        "Bijgewerkt op 3 mei 2020",
        "最終更新日：2020年5月3日",
        "更新于 2020-05-03",
        "Zuletzt geändert: 03.05.2020",
        "Stand: 3. 5. 2020",
        "Última actualización: 03/05/2020",
        "Senast uppdaterad: 3 maj 2020",
        "Sidst opdateret 3. maj 2020",
        "Sist oppdatert: 3. mai 2020",
        "Viimeksi päivitetty 3. toukokuuta 2020",
        "Ostatnia aktualizacja: 3 maja 2020",
        "Naposledy aktualizováno: 3. května 2020",
        "Обновлено 3 мая 2020",
        "Оновлено: 3 травня 2020",
        "Son güncelleme: 3 Mayıs 2020",
        "آخر تحديث: 3 مايو 2020",
        "עודכן לאחרונה: 3 במאי 2020",
        "최종 수정 2020. 5. 3.",
        "最后更新：2020年5月3日",
        "3 April 2020 (updated on Sunday, May 3, 2020)",
    ],
)
def test_a_visible_updated_line(line: str) -> None:
    language = "es" if "Última" in line else ""
    assert updated_in(line, language) == "2020-05-03"
    found = article(inner=f"<h1>A tower</h1><p>{line}</p>", lang=language or "en")
    assert found.modified_at == "2020-05-03"
    assert "modified_at" in found.declared
    assert all(line not in b.text for b in found.blocks)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Updated 3 May 2020, 14:30 UTC", "2020-05-03 14:30"),
        ("Updated May 3, 2020 at 2:15 p.m.", "2020-05-03 14:15"),
        ("Zuletzt aktualisiert: 03.05.2020, 14.30 Uhr", "2020-05-03 14:30"),
        ("Mis à jour le 3 mai 2020 à 9h30", "2020-05-03 09:30"),
        ("Last updated: 3/4/2020", ""),
    ],
)
def test_the_time_of_a_visible_update(line: str, told: str) -> None:
    assert updated_in(line) == told


@pytest.mark.parametrize(
    "line",
    [
        "We updated the map in March",
        "Updated daily",
        "3 May 2020",
        "We updated the map on 3 May 2020",
    ],
)
def test_no_updated_line(line: str) -> None:
    assert updated_in(line) == ""


@pytest.mark.parametrize(
    ("head", "inner", "published"),
    [
        (ld(**{"@type": "NewsArticle", "datePublished": "2020-05-03"}), "", "2020-05-03"),
        (
            "<meta property=article:published_time content=2020-05-03T10:00:00Z>",
            "",
            "2020-05-03T10:00:00Z",
        ),
        ("", "<h1>A</h1><time datetime=2020-05-03>May 3</time>", "2020-05-03"),
        ("", "<h1>A</h1><p class=post-date>3 May 2020</p>", "2020-05-03"),
        (
            "",
            "<time datetime=2019-01-01 class=updated></time><time class=published datetime=2020-05-03></time>",
            "2020-05-03",
        ),
        ("", "<span itemprop=datePublished content=2020-05-03>May</span>", "2020-05-03"),
    ],
)
def test_published(head: str, inner: str, published: str) -> None:
    found = article(head, inner)
    assert found.published_at == published
    assert "published_at" in found.declared


def test_a_guessed_date_is_not_declared() -> None:
    html = f"<html><head><title>A</title></head><body><article>{TEXT * 3}</article></body></html>"
    found = read_page(html.encode(), "https://coast.example/2020/05/03/a", "text/html").article
    assert found.published_at == "2020-05-03"
    assert "published_at" not in found.declared


@pytest.mark.parametrize(
    "script",
    [
        "{",
        "[]",
        "null",
        '{"@type": "Article"',
        '{"@type": ["Article", 7], "author": {"name": {"name": {}}}, "datePublished": 20200503}',
        '{"@graph": [[[[{"@type": "Article", "headline": ["a", "b"]}]]]]}',
        "[" * 5000,
        '{"@type": "Article", "headline": "line\nbreak"}',
    ],
)
def test_broken_json_ld_is_skipped(script: str) -> None:
    found = article(f'<script type="application/ld+json">{script}</script><title>A tower</title>')
    assert found.title in ("A tower", "a", "line break")


# ---------------------------------------------------------------- language, canonical


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ship is in the harbour and we have not seen it for a week, that is all.", "en"),
        (
            "Das Schiff ist nicht im Hafen, und wir haben es mit den anderen für eine Woche gesucht.",
            "de",
        ),
        (
            "Le navire est dans le port et nous avons pour une semaine cherché les autres avec lui.",
            "fr",
        ),
        (
            "El barco no está en el puerto y con los otros se busca por una semana más que antes.",
            "es",
        ),
        (
            "Het schip is niet in de haven en wij zoeken het met een boot van de stad voor een week.",
            "nl",
        ),
        ("船は港にありません。私たちはそれを一週間探しています。", "ja"),
        ("船不在港口，我们已经找了整整一个星期了，还是没有找到它。", "zh"),
        ("Корабля нет в порту, и мы ищем его уже неделю.", "ru"),
        ("xyzzy plugh", ""),
    ],
)
def test_guessed_language(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(("lang", "language"), [("en-US", "en"), ("pt_BR", "pt"), ("DE", "de")])
def test_declared_language(lang: str, language: str) -> None:
    assert article(lang=lang).language == language


def test_canonical_is_absolute() -> None:
    assert (
        article('<link rel="canonical" href="/b?utm_source=x">').canonical
        == "https://coast.example/b"
    )
    assert article().canonical == ""


@pytest.mark.parametrize(
    "logo",
    [
        '<h1><a href="/">Coast Works</a></h1>',
        '<h1 class="name"><a href="https://coast.example">The Coast</a></h1>',
        "<h1>Coast Works</h1>",
    ],
)
def test_a_heading_that_is_the_sites_name_is_not_the_title(logo: str) -> None:
    html = (
        f"<html><head><title>Why ropes fray | Coast Works</title></head><body><header>{logo}</header>"
        f"<strong>Why ropes fray</strong><p>{'Rope frays where it bends. ' * 9}</p></body></html>"
    )
    assert (
        read_page(html.encode(), "https://coast.example/blog/rope").article.title
        == "Why ropes fray"
    )


def test_a_heading_that_links_to_its_own_article_is_the_title() -> None:
    html = (
        "<html><head><title>Why ropes fray</title></head><body>"
        '<h1><a href="/blog/rope">Why ropes fray at sea</a></h1>'
        f"<p>{'Rope frays where it bends. ' * 9}</p></body></html>"
    )
    page = read_page(html.encode(), "https://coast.example/blog/rope")
    assert page.article.title == "Why ropes fray at sea"
