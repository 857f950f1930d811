"""Is a short text a label about the post, not of it: a counter, a date line, "Share this"?

Words of the languages we read, matched against whole short lines only: a sentence that tells of
views or days is no label.
"""

from __future__ import annotations

import re

from ..late import late
from .dates import is_updated_line
from .normal import key

#: Longer than this a line is no label.
LONGEST = 160
#: Running text is no shorter, or at least so long and a whole sentence (furniture.py).
PROSE, SENTENCE = 60, 25
#: What stands over a text and is but the beginning of it says at least so much (choose.py).
LEAST_EXCERPT = 20

_COUNTED = (
    # en, de, fr, es, pt, it, nl, sv, pl, ru
    "views? reads? likes? claps? comments? replies reply responses? shares? retweets? reposts? reactions? "
    "votes? points? followers? subscribers? bookmarks? downloads? stars? karma "
    "min mins? minutes? hours? hrs? hr days? weeks? months? years? seconds? secs? ago read reading time now "
    "yesterday today "
    "aufrufe? kommentare? antworten gefällt mal geteilt teilungen minuten? stunden? tagen? wochen? monaten? "
    "jahren? vor lesezeit lesedauer gelesen heute gestern "
    "vues? commentaires? partages? réponses? j'aime minutes? heures? jours? semaines? mois ans? il y a "
    "lecture temps lire hier "
    "vistas? visitas? comentarios? respuestas? gusta compartidos? minutos? horas? días? semanas? meses años? "
    "hace lectura tiempo leer ayer "
    "visualizações comentários? respostas? curtidas? compartilhamentos? dias? anos? atrás leitura há "
    "visualizzazioni commenti commento risposte minuti minuto ore ora giorni giorno settimane mesi anni fa "
    "lettura tempo "
    "weergaven reacties reactie minuten uur uren dagen weken maanden jaar geleden leestijd "
    "visningar kommentarer wyświetleń komentarzy komentarze min\\. czytania "
    "просмотров комментариев минут мин час часа часов дней назад чтения "
    "trending share shared total average avg rating rated of out about less than an one a the over"
).split()
_COUNTED_WORDS = late(rf"(?:{'|'.join(sorted(set(_COUNTED), key=len, reverse=True))})\.?")
_NUMBER = re.compile(r"[#+~≈]?\d+(?:[.,:/]\d+)*\s?(?:k|m|tsd|mio|mil|%|x)?\b\+?", re.IGNORECASE)
_COUNTED_CJK = re.compile(
    r"[\d,.万萬千億亿\s]*(?:回|次|个|個|件|人|분|분전|시간|일)?\s*(?:閲覧|浏览|瀏覽|阅读|閱讀|赞|讚|评论|評論|コメント|"
    r"いいね|シェア|分享|分で読めます|分钟阅读|分鐘閱讀|分钟前|分鐘前|小时前|小時前|天前|日前|時間前|分前|"
    r"ヶ月前|か月前|年前|조회|댓글|좋아요|공유|읽기|전|次阅读|次浏览)+[\d,.\s:：]*"
)
_SEPARATOR = re.compile(r"[\s|·•,;:/()\[\]–—\-+…♥❤👍👏👁💬]+")

_LABELS = frozenset(
    key(label).casefold()
    for label in (
        # share, follow, print
        "Share|Share this|Share this:|Share this post|Share this article|Share this story|Share on|"
        "Share on Facebook|Share on Twitter|Share on X|Share on LinkedIn|Share via email|Tweet|Pin it|Pin|"
        "Email|E-mail|Print|Copy link|Link copied|Copy|Save|Like|Like this:|Loading...|Follow|Follow us|"
        "Follow us on|Facebook|Twitter|LinkedIn|Reddit|WhatsApp|Telegram|Pinterest|Pocket|Tumblr|Mastodon|"
        "Bluesky|Threads|Hacker News|X|Teilen|Auf Facebook teilen|Drucken|Partager|Partager :|Imprimer|"
        "Compartir|Compartir en|Imprimir|Compartilhar|Partilhar|Condividi|Stampa|Delen|Afdrukken|Dela|"
        "Udostępnij|Поделиться|シェア|シェアする|ツイート|分享|分享到|공유|공유하기|مشاركة|שתפו|"
        # about the post
        "Tags|Tags:|Tagged|Tagged:|Tagged with|Filed under|Filed under:|Categories|Categories:|Category|"
        "Category:|Topics|Topics:|Posted in|Schlagwörter|Kategorien|Étiquettes|Mots-clés|Etiquetas|Categorías|"
        "Catégories|Categorie|Tag|タグ|カテゴリ|标签|標籤|태그|"
        "By|Author|Written by|Posted by|Published by|Published|Posted|Updated|Last updated|About the author|"
        "About the authors|Von|Par|Por|Di|Door|Autor|Autorin|Auteur|Autore|"
        "Permalink|Back to top|Top|Back to blog|Back|Home|Next|Previous|Next post|Previous post|Next article|"
        "Previous article|Older posts|Newer posts|Read more|Read more:|Continue reading|Learn more|See more|"
        "Show more|Load more|More|Weiterlesen|Mehr lesen|Lire la suite|Leer más|Ler mais|Leggi tutto|"
        "Lees meer|続きを読む|阅读更多|더 보기|"
        "Advertisement|Advertisement:|Ad|Sponsored|Promoted|Anzeige|Werbung|Publicité|Publicidad|"
        "Publicidade|Pubblicità|Advertentie|広告|广告|廣告|광고|Реклама|Skip to content|Skip to main content|"
        "Listen to this article|Listen|Subscribe|Sign up|Log in|Menu|Search|Comments|Leave a comment|"
        "No comments|Kommentare|Commentaires|Comentarios|Commenti|Reacties|コメント|评论|댓글"
    ).split("|")
)
_OTHERS = late(
    r"(?i)(?:(?:you )?(?:might|may) (?:also )?(?:like|enjoy|be interested in)|related|related (?:posts?|articles?|stories|"
    r"reading|content|topics|links|news|resources|entries)|recommended(?: (?:for you|reading|posts|articles|stories))?|"
    r"read (?:next|also|this next)|keep reading|further reading|up next|what to read next|"
    r"more (?:from|like this|on this|posts|stories|articles|news|to read|to explore|reading)\b.{0,60}|"
    r"(?:latest|recent|popular|trending|featured|similar|other|top) (?:posts?|articles?|stories|news|blogs?|blog posts|entries)\b.{0,40}|"
    r"also on\b.{0,40}|see also|most (?:read|popular|viewed|commented)|continue reading|explore more|"
    r"ähnliche (?:beiträge|artikel)|verwandte (?:beiträge|artikel|themen)|weitere (?:beiträge|artikel)\b.{0,40}|"
    r"das könnte (?:sie|dich) auch interessieren|auch interessant|mehr (?:zum thema|aus)\b.{0,40}|neueste beiträge|"
    r"articles? (?:similaires|liés|connexes|récents)|à lire (?:aussi|également)|lire aussi|sur le même (?:sujet|thème)|"
    r"vous (?:pourriez|aimerez) (?:aussi|également).{0,40}|"
    r"(?:artículos|entradas|noticias) (?:relacionad[oa]s|recientes)|(?:también )?te puede interesar|quizás te interese|"
    r"(?:artigos|posts|notícias) relacionad[oa]s|leia (?:também|mais)|você (?:também )?pode gostar|veja também|"
    r"articoli correlati|leggi anche|potrebbe(?:ro)? (?:anche )?interessarti|"
    r"gerelateerde (?:artikelen|berichten)|lees ook|meer (?:lezen|artikelen)|"
    r"relaterade inlägg|läs (?:också|mer)|powiązane (?:artykuły|wpisy)|zobacz (?:też|także)|czytaj (?:też|także)|"
    r"похожие (?:записи|статьи)|читайте также|関連(?:記事|する記事|リンク)?|あわせて読みたい|こちらもおすすめ|おすすめ記事|"
    r"相关(?:文章|阅读|新闻|推荐)|相關(?:文章|閱讀)|推荐阅读|延伸閱讀|관련 (?:글|기사|게시물)|추천 글|"
    r"مقالات ذات صلة|اقرأ أيضا[ًَ]?|כתבות (?:קשורות|נוספות)|קראו גם)\s*[:：»›→>]*"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|"
    r"september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|"
    r"mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|"
    r"julio|agosto|septiembre|octubre|noviembre|diciembre|janeiro|fevereiro|março|maio|junho|julho|setembro|"
    r"outubro|novembro|dezembro|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|"
    r"januari|februari|maart|mei|augustus)"
)
_DATE = rf"(?:(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tue|wed|thu|fri|sat|sun),?\s+)?(?:{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s+(?:de\s+)?{_MONTH}\.?,?\s+(?:de\s+)?\d{{4}}|\d{{4}}[-/.年]\s?\d{{1,2}}[-/.月]\s?\d{{1,2}}日?|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}})"
_TIME = r"(?:[T,]?\s*(?:at\s+|um\s+|à\s+|a las\s+|às\s+|alle\s+|om\s+)?\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr)?\s*(?:[A-Z]{2,4}|[+-]\d{2}:?\d{2})?)?"
_DATE_WORDS = (
    r"(?:(?:first |originally |last )?(?:published|posted|updated|modified|edited|written|created|reviewed|date|on|at|"
    r"veröffentlicht|aktualisiert|zuletzt|geändert|erstellt|stand|am|publié|mis à jour|modifié|le|publicado|actualizado|"
    r"atualizado|el|em|pubblicato|aggiornato|il|gepubliceerd|bijgewerkt|geplaatst|op|投稿日|更新日|公開日|最終更新日?|发布于|"
    r"更新于|发表于|发布时间|더|게시|수정|опубликовано|обновлено)\s*[:：]?\s*)*"
)
_DATE_LINE = late(
    rf"(?i)(?:by\s+[^\d,|·•]{{2,60}}\s*[,|·•–-]?\s*)?{_DATE_WORDS}{_DATE}{_TIME}"
    rf"(?:\s*[|·•,/–-]?\s*{_DATE_WORDS}(?:{_DATE}{_TIME}))?(?:\s*[|·•,–-]?\s*by\s+.{{2,60}})?\s*[|·•]?"
)
_BYLINE = re.compile(
    r"(?i)(?:(?:written|posted|published|words|text|photos?|story) )?(?:by|von|par|por|door|di|作者|文|著者)[:：]?\s+\S.{0,80}"
)


def beginning(text: str) -> str:
    """An excerpt, in comparison form, without what it is broken off with."""
    return text.rstrip(" .,;:-[]")


def is_counter(text: str) -> bool:
    """Views, likes, shares, a relative date, a reading time, alone or in a row."""
    if len(text) > LONGEST:
        return False
    plain = key(text).casefold()
    if not any(c.isdigit() for c in plain):
        return False
    if _COUNTED_CJK.fullmatch(plain):
        return True
    rest = [w for w in _SEPARATOR.split(_NUMBER.sub(" ", plain)) if w]
    return bool(rest) and all(_COUNTED_WORDS.fullmatch(word) for word in rest)


def is_label(text: str) -> bool:
    """A word or two that say what a box or button is for."""
    return len(text) <= 40 and key(text).casefold() in _LABELS


def heads_others(text: str) -> bool:
    """A heading over other posts."""
    return len(text) <= 90 and _OTHERS.fullmatch(key(text)) is not None


def is_date_line(text: str) -> bool:
    """A date, with or without "Published on", a name, a second date: no sentence."""
    if len(text) > LONGEST:
        return False
    return _DATE_LINE.fullmatch(key(text)) is not None or is_updated_line(text)


def is_byline(text: str) -> bool:
    """ "By Somebody" alone on a line."""
    return len(text) <= 100 and text[-1:] not in ".!?" and _BYLINE.fullmatch(text) is not None
