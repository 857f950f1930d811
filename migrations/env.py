"""How alembic runs our migrations: in the connection and transaction that `monitor.store.upgrade` gives.

For writing a new migration by hand or by autogeneration, run it through the store as well; there is no
`alembic.ini`, and no database URL is read here.
"""

from __future__ import annotations

from alembic import context

from monitor.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite changes tables by making them anew.
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
context.run_migrations()
