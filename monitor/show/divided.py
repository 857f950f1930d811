"""What are paragraphs called that were split or joined? On the page and on the terminal alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..read.article import BlockKind
from ..read.compare import BlockChange, Op

NOUNS = {
    BlockKind.PARAGRAPH: "paragraph",
    BlockKind.HEADING: "heading",
    BlockKind.ITEM: "list item",
    BlockKind.QUOTE: "quote",
    BlockKind.ROW: "table row",
    BlockKind.CODE: "code",
    BlockKind.CAPTION: "caption",
}


def divided(blocks: Sequence[BlockChange]) -> Mapping[int, str]:
    """`Paragraph split: part 1 of 2, words unchanged`, `Paragraphs joined`: by the block's place in the new
    text, of those that were split or joined."""
    pieces = Counter(b.before_at for b in blocks if b.label == "split")
    seen = Counter[int | None]()
    found: dict[int, str] = {}
    for block in blocks:
        if not block.label or block.after_at is None:
            continue
        noun = NOUNS[block.kind].capitalize()
        if block.label == "split":
            seen[block.before_at] += 1
            said = f"{noun} split: part {seen[block.before_at]} of {pieces[block.before_at]}"
        else:
            said = f"{noun}s joined"
        found[block.after_at] = said + (", words unchanged" if block.op is Op.KEEP else "")
    return found
