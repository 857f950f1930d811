"""What do the status line and the transport alone say: no answer, unchanged, gone, forbidden, broken?

A status is believed only where the article is not in the page after all (`content_anyway`).
"""

from __future__ import annotations

from ...model import Failure, Reason, Seen
from .case import Case
from .said import Verdict, clipped, missing, present, unclear

_FAILED: dict[Failure, str] = {
    Failure.DNS: "its host name does not resolve",
    Failure.CONNECT: "its server cannot be reached",
    Failure.TLS: "its server offers no valid encrypted connection",
    Failure.TIMEOUT: "its server did not answer in time",
    Failure.RESET: "the connection was closed before the page was complete",
    Failure.PROTOCOL: "its server sent something that is not a web page's answer",
    Failure.TOO_BIG: "the answer is larger than is read",
    Failure.TOO_MANY_HOPS: "it redirects in a loop",
    Failure.REFUSED: "its address was not fetched",
}
#: 408 and 425 ask for another try, 429 says too many; 5xx is the server's own trouble (RFC 9110, 15.5-6).
_TRY_AGAIN = frozenset({408, 425, 429})


def no_answer(case: Case) -> Verdict | None:
    """UNCLEAR where there was no answer at all."""
    failure = case.answer.failure
    if failure is not None:
        return unclear("no_answer", f"there was no answer: {_FAILED[failure]}")
    if case.answer.status is None:
        return unclear("no_answer", "there was no answer")
    return None


def not_modified(case: Case) -> Verdict | None:
    """SAME for a 304; UNCLEAR where another page than the post said so."""
    if case.answer.status != 304:
        return None
    if case.redirected or case.first:
        return unclear("not_modified", f"a 304 from {case.final} proves nothing of the post")
    return Verdict(Seen.SAME, "not_modified", "the server says that the page has not changed (304)")


def same_bytes(case: Case) -> Verdict | None:
    """SAME for the very bytes of the last good look, at the same place."""
    if not case.same_bytes or case.redirected or case.first:
        return None
    return Verdict(Seen.SAME, "same_bytes", "the page is byte for byte that of the last good look")


def same_text(case: Case) -> Verdict | None:
    """SAME for a page that differs from the last good look's in markup and furniture alone."""
    if not case.same_text or case.answer.status != 200 or case.redirected or case.first:
        return None
    why = "the article is there; of the page only markup, counters or the order of teasers differ"
    return Verdict(Seen.SAME, "same_text", why)


def content_anyway(case: Case) -> Verdict | None:
    """PRESENT where the article is in the page, whatever error status came with it."""
    status = case.answer.status or 0
    if 200 <= status < 300 or case.redirected or not case.stands:
        return None
    why = f"the page answers {status}, but the article is there"
    return present("content_anyway", why, cut=case.page is not None and case.page.truncated)


def server_error(case: Case) -> Verdict | None:
    """UNCLEAR for 5xx, 408, 425 and 429."""
    status = case.answer.status or 0
    if status >= 500:
        return unclear("server_error", f"the server answers with an error of its own ({status})")
    if status in _TRY_AGAIN:
        return unclear("try_again", f"the server asks us to come back later ({status})")
    return None


def not_found(case: Case) -> Verdict | None:
    """MISSING for 404."""
    if case.answer.status != 404:
        return None
    return missing("not_found", Reason.NOT_FOUND, f"{_where(case)} answers 404 (not found)")


def gone(case: Case) -> Verdict | None:
    """MISSING for 410."""
    if case.answer.status != 410:
        return None
    return missing("gone", Reason.GONE, f"{_where(case)} answers 410 (gone)")


def legal(case: Case) -> Verdict | None:
    """MISSING for 451; who blocked it stands in the Link header (RFC 7725)."""
    if case.answer.status != 451:
        return None
    why = f"{_where(case)} answers 451 (unavailable for legal reasons)"
    link = case.answer.header("link")
    if "blocked-by" in link:
        why += f", blocked by {clipped(link.split('>')[0].lstrip(' <'))}"
    return missing("legal", Reason.LEGAL, why)


def restricted(case: Case) -> Verdict | None:
    """MISSING for 401 and 403; a block page of a bot wall was told apart before."""
    if case.answer.status not in (401, 403):
        return None
    word = "asks for a login" if case.answer.status == 401 else "is forbidden"
    return missing("restricted", Reason.RESTRICTED, f"{_where(case)} {word} ({case.answer.status})")


def other_status(case: Case) -> Verdict | None:
    """UNCLEAR for any other status that brings no page."""
    status = case.answer.status or 0
    if status in (200, 203, 206):
        return None
    return unclear("other_status", f"the server answers {status}, which says nothing of the post")


def _where(case: Case) -> str:
    return f"it redirects to {case.final}, which" if case.redirected else "the page"
