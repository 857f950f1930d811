"""The config file changed by a command, every comment kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..config import load
from ..errors import ConfigError


def rewrite(path: Path, change: Callable[[Any], None]) -> None:
    """Changes a config; ConfigError, and nothing is changed, where it could not be used any more.

    Written beside and renamed, so that a crash leaves the old file or the new one.
    """
    import tomlkit

    from ..notify import option_types

    fresh = path.with_name(f".{path.name}.new")
    try:
        document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
        change(document)
        fresh.unlink(missing_ok=True)
        with open(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as f:
            f.write(tomlkit.dumps(document))
        fresh.chmod(path.stat().st_mode & 0o777)
        load(fresh, option_types())
        fresh.replace(path)
    except OSError as e:
        raise ConfigError(f"{path}: cannot be written ({e.strerror})") from None
    except ConfigError as e:
        raise ConfigError(str(e).replace(str(fresh), str(path))) from None
    finally:
        fresh.unlink(missing_ok=True)
