"""Notes of change: told by label, sentence, place and length, never by the subject alone."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from monitor.read.article import Block, BlockKind, NoteKind
from monitor.read.article.normal import key
from monitor.read.article.notes import begins_so, find_notes, languages

BODY = [f"Paragraph number {n} of a text about the weather in the hills." for n in range(20)]


def blocks(*texts: str) -> list[Block]:
    return [
        Block(
            BlockKind.HEADING if t.startswith("# ") else BlockKind.PARAGRAPH,
            t,
            key(t.removeprefix("# ")),
        )
        for t in texts
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Update: the road is open again.", NoteKind.UPDATE),
        ("UPDATE (5 June): the road is open again.", NoteKind.UPDATE),
        ("Updated on 3 May 2021: the road is open again.", NoteKind.UPDATE),
        ("[Update, 14:30: the road is open.]", NoteKind.UPDATE),
        ("Correction, 3 May: the road is 12 km long.", NoteKind.CORRECTION),
        ("Correction — the road is 12 km long.", NoteKind.CORRECTION),
        ("Clarification: the road belongs to the county.", NoteKind.CORRECTION),
        ("Editor’s note: this text was written before the storm.", NoteKind.EDITOR),
        ("*Editor's Note* – this text was written before the storm.", NoteKind.EDITOR),
        ("An earlier version of this post misstated the length of the road.", NoteKind.CORRECTION),
        ("This post was updated on May 3 to add the new map.", NoteKind.UPDATE),
        ("This article has been corrected to show the right map.", NoteKind.CORRECTION),
        ("Korrektur: Die Straße ist zwölf Kilometer lang.", NoteKind.CORRECTION),
        ("Nachtrag vom 3. Mai: Die Straße ist offen.", NoteKind.UPDATE),
        ("Anmerkung der Redaktion: Der Text ist älter.", NoteKind.EDITOR),
        ("In einer früheren Version dieses Textes stand eine falsche Zahl.", NoteKind.CORRECTION),
        ("Mise à jour du 3 mai : la route est ouverte.", NoteKind.UPDATE),
        ("Rectificatif : la route mesure douze kilomètres.", NoteKind.CORRECTION),
        ("NDLR : ce texte date d'avant la tempête.", NoteKind.EDITOR),
        ("Actualización (3 de mayo): la carretera está abierta.", NoteKind.UPDATE),
        ("Fe de errores: la carretera mide doce kilómetros.", NoteKind.CORRECTION),
        ("Atualização: a estrada está aberta.", NoteKind.UPDATE),
        ("Errata: a estrada tem doze quilômetros.", NoteKind.CORRECTION),
        ("Aggiornamento: la strada è aperta.", NoteKind.UPDATE),
        ("Errata corrige: la strada è lunga dodici chilometri.", NoteKind.CORRECTION),
        ("Correctie: de weg is twaalf kilometer lang.", NoteKind.CORRECTION),
        ("In een eerdere versie stond een onjuist getal.", NoteKind.CORRECTION),
        ("追記：道路は開通しました。", NoteKind.UPDATE),
        ("【訂正】距離は12キロです。", NoteKind.CORRECTION),
        ("更新：道路已开放。", NoteKind.UPDATE),
        ("更正：道路长十二公里。", NoteKind.CORRECTION),
        ("编者按：本文写于风暴之前。", NoteKind.EDITOR),
        ("업데이트: 도로가 열렸습니다.", NoteKind.UPDATE),
        ("정정: 도로의 길이는 12킬로미터입니다.", NoteKind.CORRECTION),
        ("Обновление: дорога открыта.", NoteKind.UPDATE),
        ("От редакции: текст написан до бури.", NoteKind.EDITOR),
        ("تصحيح: يبلغ طول الطريق اثني عشر كيلومترا.", NoteKind.CORRECTION),
        ("تحديث: الطريق مفتوح.", NoteKind.UPDATE),
        ("Note: we have updated this post with the new count.", NoteKind.UPDATE),
        ("This press release has since been amended.", NoteKind.UPDATE),
        ("Updated to reflect the count of the harbour office.", NoteKind.UPDATE),
        ("Hinweis: Dieser Bericht wurde am 3. Mai nachträglich gekürzt.", NoteKind.EDITOR),
        ("Cet article a été entièrement mis à jour le 3 mai.", NoteKind.UPDATE),
        ("Esta entrada se ha modificado el 3 de mayo.", NoteKind.UPDATE),
        ("Questo comunicato è stato in seguito modificato.", NoteKind.UPDATE),
        ("Dit persbericht is op 3 mei aangepast.", NoteKind.UPDATE),
        ("Texten har uppdaterats med ett nytt tal.", NoteKind.UPDATE),
        ("Aktualizacja, 3 maja: droga jest otwarta.", NoteKind.UPDATE),
        ("Tekst został dziś rano zmieniony.", NoteKind.UPDATE),
        ("Оновлення від 3 травня: дорогу відкрито.", NoteKind.UPDATE),
        ("Rettelse: Vejen er tolv kilometer lang.", NoteKind.CORRECTION),
        ("Artikkelen er senere endret.", NoteKind.UPDATE),
        ("Oprava: silnice měří dvanáct kilometrů.", NoteKind.CORRECTION),
        ("Oikaisu: tie on kaksitoista kilometriä pitkä.", NoteKind.CORRECTION),
        ("※6月18日 距離を修正しました。", NoteKind.UPDATE),
        ("（2026年6月18日 一部訂正しました）", NoteKind.CORRECTION),
        ("注：文中长度应为十二公里。", NoteKind.UPDATE),
        ("※ 6월 18일 거리를 수정했습니다.", NoteKind.UPDATE),
    ],
)
def test_a_note_at_head_or_foot(text: str, kind: NoteKind) -> None:
    for page in ([text, *BODY], [*BODY, text]):
        found = find_notes(blocks(*page))
        assert [(n.kind, n.text) for n in found] == [(kind, text)]
        assert found[0].key == key(text)


@pytest.mark.parametrize(
    "text",
    [
        "Updates are rolled out to all customers over the next week.",
        "Update your browser before you open the new map.",
        "Correction fluid was invented by a secretary who painted.",
        "Corrections departments across the country buy the same maps.",
        "Our editors note that the weather is fine in the hills.",
        "We wrote about updates: they come weekly and are signed.",
        "Updating is easy: open the menu and choose the new version.",
        "The correction: a story of how one number changed a valley.",
        "Edits, cuts and rewrites are what an editor does all day long.",
        "更新されたアプリは来週から配信されます。",
        "Die Korrektur der Karte dauerte zwei Jahre.",
        "The map has been updated fourteen times since it was drawn.",
        "A previous report counted the sheep twice.",
        "Expanded to twelve rooms, the hut is open all year.",
        "Das Angebot wurde für den Winter angepasst.",
        "La page de la carte se met à jour toute seule.",
        "地図は毎年更新しました。",
        "Updated: 3 May 2020",  # a date, read as such
    ],
)
def test_a_text_about_changes_is_no_note(text: str) -> None:
    assert find_notes(blocks(text, *BODY)) == ()


def test_a_sentence_amid_the_text_is_no_note() -> None:
    said = "An earlier version of the map hangs in the town hall to this day."
    assert find_notes(blocks(*BODY[:10], said, *BODY[10:])) == ()


def test_a_label_is_a_note_wherever_it_stands() -> None:
    note = "Update, 4 May: the road is open."
    assert [n.text for n in find_notes(blocks(*BODY[:10], note, *BODY[10:]))] == [note]


def test_a_heading_takes_its_paragraph_along() -> None:
    found = find_notes(blocks(*BODY, "# Correction", "The road is 12 km long, not 21."))
    assert [n.key for n in found] == [key("# Correction The road is 12 km long, not 21.")]


def test_each_entry_of_a_list_of_corrections_is_a_note() -> None:
    entries = [Block(BlockKind.ITEM, t, key(t)) for t in ("3 May: 12 km.", "9 May: the hut.")]
    found = find_notes([*blocks(*BODY, "# Corrections"), *entries])
    assert [n.text for n in found] == [f"# Corrections {e.text}" for e in entries]
    many = [Block(BlockKind.ITEM, f"{n} May.", f"{n} May.") for n in range(1, 20)]
    assert len(find_notes([*blocks(*BODY, "# Corrections"), *many])) == 19


def test_a_heading_amid_the_text_is_its_subject() -> None:
    assert find_notes(blocks(*BODY[:7], "# Updates", *BODY[7:])) == ()


def test_a_long_paragraph_is_no_note() -> None:
    assert find_notes(blocks("Update: " + "the road is open and dry " * 60, *BODY)) == ()


def test_languages_with_signs() -> None:
    assert languages() == frozenset(
        "en de fr es pt it nl ja zh ko ru uk ar he pl cs sv da no fi tr".split()
    )


def test_each_sentence_of_the_file_is_known_however_its_slots_are_filled() -> None:
    for phrases in tomllib.loads((files("monitor.read") / "notes.toml").read_text("utf-8"))[
        "notes"
    ].values():
        things, changed = phrases["things"] or [""], phrases["changed"] or [""]
        for n, phrase in enumerate((*phrases["said"], *phrases["of"])):
            said = phrase.replace("{thing}", things[n % len(things)])
            said = said.replace("{changed}", changed[n % len(changed)]).replace("~", "3")
            ahead = phrases["ahead"][n % len(phrases["ahead"])] if phrases["ahead"] else "nb"
            assert begins_so(said), said
            assert begins_so(f"{ahead}: {said}"), said
