"""A PostgreSQL cluster of the tests' own: made in a temporary folder, reached by a socket, gone afterwards.

python -m tests.postgres -- COMMAND …       runs COMMAND with DATABASE_URL set
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest first; None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    folders += [Path(found).parent for found in [shutil.which("initdb")] if found]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster and yield its DATABASE_URL. PostgreSQL refuses root, so root hands it to `postgres`."""
    programs = find_programs()
    assert programs is not None, "PostgreSQL is not installed"
    home = Path(tempfile.mkdtemp(prefix="harea-postgres-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    shutil.chown(home, user)

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, stdout=subprocess.DEVNULL, cwd=home)

    data = home / "data"
    try:
        run(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "harea", "--no-sync", "-E", "UTF8")
        # Durability is not what the tests ask about; without it they are several times faster.
        options = f"-k {home} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-s"]
        run(*control, "-l", str(home / "log"), "-o", options, "start")
        try:
            yield f"postgres://harea@{quote(str(home), safe='')}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    command = sys.argv[sys.argv.index("--") + 1 :]
    with cluster() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
