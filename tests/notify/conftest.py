"""A certificate of our own, for the servers of these tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.smtp import ELSEWHERE


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a self-made certificate for ELSEWHERE: cert.pem and key.pem."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=sink"),
            *("-addext", f"subjectAltName=DNS:{ELSEWHERE}"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return folder
