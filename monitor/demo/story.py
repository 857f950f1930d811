"""The story the demo plays, in the fictional company's own words, and what is to come of it."""

from __future__ import annotations

from .blog import BlogPost, day

AGENCY = "supporting-the-border-service"
REMOTE = "how-we-handle-location-data"

#: What must be told, in this order; and the mails: all but `published`.
EVENTS = ("published", "edited", "site_unreachable", "site_recovered", "removed", "reinstated")
MAILS = EVENTS[1:]

#: The sentence that goes from an older post without a word about it.
PROMISE = "We do not sell location data, and we will tell you before that ever changes."
#: The sentence that is missing when the agency post returns.
PROUD = "We are proud that the Border Service chose Corvane to run its case files."


def posts() -> list[BlogPost]:
    """The blog as it stands when the watch begins."""
    return [
        BlogPost(
            REMOTE,
            "How we handle location data",
            [
                "Corvane's scheduling app needs to know where a van is. It does not need to know who "
                "sits in it, and we have built it that way from the first release.",
                f"Positions are kept for thirty days and then deleted. {PROMISE}",
                "Fleet managers see the vehicles of their own company only. Every look at a position "
                "is written to a log that the driver can read.",
            ],
            day(2026, 3, 4),
        ),
        BlogPost(
            "a-new-office-by-the-canal",
            "A new office by the canal",
            [
                "In May we move into the old sugar warehouse by the canal. There is room for two "
                "hundred people, forty bicycles and one very patient dog.",
                "The building keeps its brick front. Inside, the floors that carried sugar will carry "
                "desks, and the crane in the yard stays where it is.",
            ],
            day(2026, 2, 12),
        ),
        BlogPost(
            "release-notes-for-winter",
            "Release notes for winter",
            [
                "Routes can now be planned a week ahead, and the planner takes road salting into account.",
                "The mobile app starts in half the time on older telephones. Two faults with daylight "
                "saving time are mended.",
            ],
            day(2026, 1, 20),
        ),
        BlogPost(
            "what-we-learned-from-the-outage",
            "What we learned from the outage",
            [
                "On 9 December our planner was down for fifty minutes. A certificate had run out, and "
                "the alarm that should have said so had been muted in October.",
                "Nobody's data was lost. We have since moved the alarm to a team that does not mute it, "
                "and we renew certificates a month before they end.",
            ],
            day(2025, 12, 15),
        ),
    ]


def agency_post() -> BlogPost:
    """The post about work for a public agency."""
    return BlogPost(
        AGENCY,
        "Supporting the Border Service",
        [
            f"{PROUD} From this spring on, four thousand officers plan their days with our software.",
            "The service moves its records to our cloud region in the north, with encryption keys that "
            "it holds itself. Our own staff cannot read them.",
            "The work was awarded in an open tender and runs for five years. It also covers the "
            "matching of faces against the agency's files, which began as a trial last autumn.",
        ],
        day(2026, 4, 2),
    )
