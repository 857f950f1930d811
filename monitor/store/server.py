"""Advisory locks of a PostgreSQL server: whose turn it is to write, who checks, who holds what in a cluster.

Each is of our schema: another one of the same database is another database to us. A session's locks go with
its connection, so a killed process leaves none behind.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

#: Of who checks ("post" "look" in ASCII), and of one write transaction ("post" "turn").
CHECK, _TURN = 0x706F7374_6C6F6F6B, 0x706F7374_7475726E
_KEY = "CAST(:k AS BIGINT) # hashtext(current_schema())"
_NAMED = "hashtextextended(current_schema() || ' ' || :name, 0)"

_TAKE_TURN = text(f"SELECT pg_advisory_xact_lock({_KEY})").bindparams(k=_TURN)
#: Has the server find out within half a minute that a session's machine is gone, and with it who holds locks.
_MINDED = (
    "SELECT set_config('application_name', {}, false), set_config('tcp_keepalives_idle', '10', false),"
    " set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)"
)
_CALLED = text(_MINDED.format(":who"))
_TRY_NAMED = text(f"SELECT pg_try_advisory_lock({_NAMED})")
_WAIT_NAMED = text(f"SELECT pg_advisory_lock({_NAMED})")
_DROP_NAMED = text(f"SELECT pg_advisory_unlock({_NAMED})")
_IS_HELD = text(f"SELECT NOT pg_try_advisory_xact_lock({_NAMED})")
_HOLDERS = text(
    "SELECT a.application_name FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    f" AND (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) = ({_KEY})"
)


def take_turn(conn: Connection) -> None:
    """Has a write transaction wait until no other one runs, of whatever process: they come one after
    another, as they do on SQLite, and what the code takes for granted of it holds here as well."""
    if conn.dialect.name == "postgresql":
        conn.execute(_TAKE_TURN)


def take_check(conn: Connection, *, shared: bool = False, who: str = "") -> bool:
    """Takes the lock of who checks for a session, which is shown as `postwatch who` from now on; `shared` with
    the others of a cluster. False where others have it."""
    conn.execute(_CALLED, {"who": f"postwatch {who}".strip()})
    call = f"SELECT pg_try_advisory_lock{'_shared' if shared else ''}({_KEY})"
    return bool(conn.execute(text(call), {"k": CHECK}).scalar_one())


def give_check(conn: Connection) -> None:
    """Gives the lock of who checks back."""
    conn.execute(text(f"SELECT pg_advisory_unlock({_KEY})"), {"k": CHECK})


def take_check_again(dbapi: Any, who: str) -> bool:
    """`take_check` on a driver's connection that comes in the place of one that was lost with the lock."""
    with dbapi.cursor() as cursor:
        cursor.execute(_MINDED.format("%s"), (f"postwatch {who}",))
        cursor.execute(f"SELECT pg_try_advisory_lock({CHECK} # hashtext(current_schema()))")
        got = bool(cursor.fetchone()[0])
    dbapi.commit()
    return got


def checkers(conn: Connection) -> list[str]:
    """Who holds the lock of who checks, as far as they said: `postwatch run`."""
    return [name for (name,) in conn.execute(_HOLDERS, {"k": CHECK}) if name]


def hold(conn: Connection, name: str, *, wait: bool = False) -> bool:
    """Takes a lock by its name for a session; False where another session has it and we do not wait."""
    found = conn.execute(_WAIT_NAMED if wait else _TRY_NAMED, {"name": name}).scalar()
    return found is not False


def let_go(conn: Connection, name: str) -> None:
    """Gives a named lock of this session back."""
    conn.execute(_DROP_NAMED, {"name": name})


def is_held(conn: Connection, name: str) -> bool:
    """Whether another session has a named lock now."""
    return bool(conn.execute(_IS_HELD, {"name": name}).scalar_one())


#: Of a write transaction of a cluster's worker: where it stands still for so long, its process is paused or
#: its machine gone, and the server ends it, or all others would wait.
_KEEP_MOVING = text("SET LOCAL idle_in_transaction_session_timeout = '15s'")


def keep_moving(conn: Connection) -> None:
    """Has the server give up a transaction whose process stands still."""
    conn.execute(_KEEP_MOVING)
