"""The API's one table: which address asks what and answers what. Routes and the OpenAPI document are
both made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from ...run.records import PostRecord
from .. import problem
from . import answers, asking, finding

ROOT = f"{problem.API}v1"


class Operation(Struct, frozen=True):
    """One thing that can be asked. `find` answers None where there is no such thing."""

    path: str  #: below ROOT; its parts in braces are fields of `asks`
    name: str
    said: str
    asks: type[asking.Asks]
    answers: type[Any]
    find: Callable[[finding.Moment, Any], Any]

    @property
    def in_path(self) -> bool:
        """Whether it is asked of one thing, which may not be there."""
        return "{" in self.path


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "/sites",
        "sites",
        "The watched sites, by name",
        asking.AsksSites,
        answers.Sites,
        finding.site_list,
    ),
    Operation(
        "/posts",
        "posts",
        "The posts, by id",
        asking.AsksPosts,
        answers.Posts,
        finding.post_list,
    ),
    Operation(
        "/posts/{id}",
        "post",
        "A post and its state",
        asking.AsksOne,
        PostRecord,
        finding.one_post,
    ),
    Operation(
        "/posts/{id}/versions",
        "versions",
        "A post's versions, oldest first",
        asking.AsksVersions,
        answers.Versions,
        finding.version_list,
    ),
    Operation(
        "/posts/{id}/coverage",
        "coverage",
        "From when to when a post was looked at, and when it could not be seen",
        asking.AsksCoverage,
        answers.Coverage,
        finding.coverage,
    ),
    Operation(
        "/versions/{id}",
        "version",
        "A version with its text, and where its bytes are",
        asking.AsksOne,
        answers.Version,
        finding.one_version,
    ),
    Operation(
        "/events",
        "events",
        "The events, by id: retracted, dismissed and imported ones too",
        asking.AsksEvents,
        answers.Events,
        finding.event_list,
    ),
    Operation(
        "/events/{id}",
        "event",
        "An event",
        asking.AsksOne,
        answers.OneEvent,
        finding.one_event,
    ),
)
