"""What counts as missing, walled, moved or still there: one Answer becomes a Verdict.

`RULES` are tried from top to bottom; the first that speaks decides, and its name is the evidence's.
"""

from __future__ import annotations

from .broken import (
    cut_off,
    default_page,
    elsewhere_only,
    empty,
    error_text,
    maintenance,
    not_html,
)
from .case import Case, Rule
from .present import (
    article_there,
    edited_heavily,
    file_there,
    first_look,
    nothing_known,
    paywall,
    same_article,
)
from .redirects import redirect, refresh
from .replaced import no_text, other_language, other_post, replaced, unrecognised
from .said import Verdict
from .soft404 import by_signs, data_says_so, learned, shows_home, shows_sample
from .status import (
    content_anyway,
    gone,
    legal,
    no_answer,
    not_found,
    not_modified,
    other_status,
    restricted,
    same_bytes,
    same_text,
    server_error,
)
from .tombstone import login_form, tombstone, tombstone_renamed
from .walls import consent_page, wall_header, wall_page, wall_redirect

__all__ = ["RULES", "Case", "Rule", "Verdict", "judge"]

RULES: tuple[tuple[str, Rule], ...] = (
    # nothing came, or nothing new
    ("no_answer", no_answer),
    ("not_modified", not_modified),
    ("same_bytes", same_bytes),
    ("same_text", same_text),
    ("same_article", same_article),
    # what stands between us and the page
    ("wall_header", wall_header),
    ("wall_redirect", wall_redirect),
    ("content_anyway", content_anyway),
    ("wall_page", wall_page),
    ("server_error", server_error),
    ("consent_page", consent_page),
    ("maintenance", maintenance),
    ("default_page", default_page),
    # honest status codes
    ("not_found", not_found),
    ("gone", gone),
    ("legal", legal),
    ("restricted", restricted),
    ("other_status", other_status),
    # is it a whole page?
    ("empty", empty),
    ("file_there", file_there),
    ("soft_404_data", data_says_so),
    ("not_html", not_html),
    ("cut_off", cut_off),
    ("error_text", error_text),
    # sent elsewhere
    ("redirect", redirect),
    ("refresh", refresh),
    # the article is there
    ("shows_other_post", other_post),
    ("shows_sample", shows_sample),
    ("article_there", article_there),
    ("nothing_known", nothing_known),
    ("paywall", paywall),
    # it is not: what stands in its place?
    ("elsewhere_only", elsewhere_only),
    ("soft_404_learned", learned),
    ("login_form", login_form),
    ("tombstone", tombstone),
    ("soft_404", by_signs),
    ("shows_home", shows_home),
    ("tombstone_renamed", tombstone_renamed),
    ("first_look", first_look),
    ("no_text", no_text),
    ("other_language", other_language),
    ("replaced", replaced),
    ("rewritten", edited_heavily),
    ("unrecognised", unrecognised),
)


def judge(case: Case) -> Verdict:
    """What one look says of a post: the first rule that speaks. The last one always does."""
    for _, rule in RULES:
        verdict = rule(case)
        if verdict is not None:
            return verdict
    raise AssertionError("the last rule always speaks")
