"""Reminders and the sign of life wait in the alerts' queue; who unsubscribed is kept.

`notice` says what an alert tells beside its event (`remind:86400`), or without one. Alerts are given up
by the time they were first tried, not by how often; `unsure` counts the tries that may have arrived
though no answer came. A release before this one must not deliver from the
same database any more: it would take a reminder for the event itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = ["event_id", "channel", "recipient"]
_WITHOUT_EVENT = "uq_alerts_without_event"
_BY_RECIPIENT = "ix_alerts_channel_recipient_state_sent_at"


def _before() -> sa.Table:
    """The table as 0001 made it: what SQLite reflects writes its defaults another way."""

    def words(name: str) -> sa.Column[str]:
        return sa.Column(name, sa.Text(), nullable=False, server_default="")

    return sa.Table(
        "alerts",
        sa.MetaData(),
        sa.Column("id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        *map(words, ("channel", "recipient", "state")),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        *map(words, ("lease_owner", "error", "message_id")),
        sa.Column("sent_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_alerts_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.UniqueConstraint(*_KEY, name="uq_alerts_event_id_channel_recipient"),
        sa.Index("ix_alerts_state_due_at", "state", "due_at"),
    )


def upgrade() -> None:
    """Three columns, a wider key, three indexes, one table."""
    with op.batch_alter_table("alerts", copy_from=_before()) as alerts:
        alerts.alter_column("event_id", existing_type=ID, nullable=True)
        alerts.add_column(sa.Column("notice", sa.Text(), nullable=False, server_default=""))
        alerts.add_column(sa.Column("tried_since", sa.BigInteger()))
        alerts.add_column(sa.Column("unsure", sa.Integer(), nullable=False, server_default="0"))
        alerts.drop_constraint("uq_alerts_event_id_channel_recipient", type_="unique")
        alerts.create_unique_constraint(
            "uq_alerts_event_id_channel_recipient_notice", [*_KEY, "notice"]
        )
    op.create_index(
        _WITHOUT_EVENT,
        "alerts",
        ["channel", "recipient", "notice"],
        unique=True,
        sqlite_where=sa.text("event_id IS NULL"),
        postgresql_where=sa.text("event_id IS NULL"),
    )
    op.create_index("ix_alerts_message_id", "alerts", ["message_id"])
    op.create_index(_BY_RECIPIENT, "alerts", ["channel", "recipient", "state", "sent_at"])
    op.create_table(
        "unsubscribed",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "recipient", name="pk_unsubscribed"),
    )


def downgrade() -> None:
    """As it was; what no older release can tell is dropped."""
    op.drop_table("unsubscribed")
    for index in (_WITHOUT_EVENT, _BY_RECIPIENT, "ix_alerts_message_id"):
        op.drop_index(index, "alerts")
    op.execute("DELETE FROM alerts WHERE notice <> ''")
    with op.batch_alter_table("alerts") as alerts:
        alerts.drop_constraint("uq_alerts_event_id_channel_recipient_notice", type_="unique")
        alerts.create_unique_constraint("uq_alerts_event_id_channel_recipient", _KEY)
        alerts.drop_column("unsure")
        alerts.drop_column("tried_since")
        alerts.drop_column("notice")
        alerts.alter_column("event_id", existing_type=ID, nullable=False)
