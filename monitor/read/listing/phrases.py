"""What link texts say that name no post: "read more", "older posts", in the web's usual languages."""

from __future__ import annotations

import re

_ARROWS = re.compile(r"[\s→←»«›‹>…\.\-–—:|↗⟶▶►·•]+")
_GENERIC = frozenset(
    """
    read more|more|continue reading|read the article|read article|read the post|read post|read full article
    |read the full article|read full post|read the full story|read story|full story|learn more|see more|view more
    |view post|view article|details|go|open|link|here|click here|permalink|comments|leave a comment|share|read|read now
    |find out more|discover more|keep reading|weiterlesen|mehr lesen|mehr|mehr erfahren|weiter|zum artikel|zum beitrag
    |artikel lesen|beitrag lesen|jetzt lesen|ganzen artikel lesen|lire la suite|lire plus|en savoir plus|lire|lire l'article
    |lire l’article|suite|leer más|leer mas|seguir leyendo|más información|ver más|continuar leyendo|leia mais|ler mais
    |continue lendo|continuar lendo|saiba mais|leggi tutto|leggi di più|continua a leggere|leggi|scopri di più|lees meer|lees verder|meer lezen
    |läs mer|läs vidare|les mer|læs mere|lue lisää|czytaj więcej|czytaj dalej|więcej|číst dále|číst více|celý článek|olvass tovább|tovább
    |citește mai mult|читать далее|читать дальше|читать|подробнее|далее|читати далі|докладніше|devamını oku|devamı
    |διαβάστε περισσότερα|περισσότερα|続きを読む|もっと見る|詳しくはこちら|詳細|もっと読む|記事を読む|阅读全文|阅读更多|查看更多|更多|继续阅读
    |閱讀全文|閱讀更多|繼續閱讀|더 보기|더보기|자세히 보기|계속 읽기|اقرأ المزيد|المزيد|قراءة المزيد|קרא עוד|קראו עוד|להמשך קריאה
    |ادامه مطلب|और पढ़ें|baca selengkapnya|selengkapnya|xem thêm|đọc thêm|อ่านต่อ|อ่านเพิ่มเติม
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_COUNT = re.compile(
    r"\d+\s*(?:comments?|kommentare?|commentaires?|comentarios?|min(?:ute)?s?(?: read)?|views?|likes?)?"
)
_OLDER = frozenset(
    """
    older|older posts|older entries|older articles|older stories|next|next page|next posts|more posts|previous entries|load more
    |load more posts|show more|ältere beiträge|ältere artikel|ältere einträge|ältere|nächste seite|nächste|weitere beiträge|mehr beiträge
    |mehr laden|articles précédents|articles plus anciens|plus anciens|page suivante|suivant|suivante|suivants|entradas anteriores|entradas antiguas
    |más antiguas|siguiente|página siguiente|siguientes|posts anteriores|postagens mais antigas|próxima|próxima página|próximo|seguinte
    |articoli precedenti|articoli meno recenti|post più vecchi|successivo|successiva|pagina successiva|avanti|oudere berichten
    |volgende|volgende pagina|äldre inlägg|nästa|nästa sida|eldre innlegg|neste|ældre indlæg|næste|vanhemmat artikkelit|seuraava
    |starsze wpisy|starsze posty|następna|następna strona|dalej|starší příspěvky|další|staršie príspevky|régebbi bejegyzések|következő
    |articole mai vechi|următoarea|старые записи|более старые записи|предыдущие записи|следующая|следующая страница|вперёд|далее|старіші записи|наступна|daha eski yazılar|eski yazılar|sonraki|sonraki sayfa
    |παλαιότερα άρθρα|επόμενη|過去の記事|古い記事|以前の記事|次へ|次のページ|次|較早文章|较早文章|更早的文章|下一页|下一頁|下页|이전 글|이전 글 보기|다음|다음 페이지
    |مقالات أقدم|التالي|الصفحة التالية|ישנים יותר|פוסטים ישנים יותר|הבא|بعدی|pos-pos lama|berikutnya|selanjutnya|bài cũ hơn|trang sau|เรื่องเก่ากว่า|ถัดไป|पुराने पोस्ट|अगला
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_OLDER_LABEL = re.compile(
    r"(?:^|[\s_-])(?:next|older|nextpostslink|pagination-next|older-posts)(?:$|[\s_-])"
)


def _bare(text: str) -> str:
    return " ".join(_ARROWS.sub(" ", text.lower()).split())


def is_generic(text: str) -> bool:
    """A link text that says nothing of the post it leads to."""
    bare = _bare(text)
    return len(bare) < 2 or bare in _GENERIC or _COUNT.fullmatch(bare) is not None


def is_older(text: str, label: str) -> bool:
    """A link text, or class names and aria-label, of the way to older posts."""
    bare = _bare(text)
    return (
        bare in _OLDER
        or text.strip() in ("»", "›", "→", ">", ">>")
        or _OLDER_LABEL.search(label) is not None
    )
