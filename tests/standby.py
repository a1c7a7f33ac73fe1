"""A real streaming standby of whatever server the tests, or a run by hand, work on."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.db import connection, connections


class Standby:
    """A copy of the tests' own server that goes on by its journal."""

    def __init__(self, folder: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            data = Path(cursor.fetchone()[0])
            here = cursor.connection.info
        self.folder, self.owner = folder, data.stat().st_uid
        pid = (data / "postmaster.pid").read_text(encoding="ascii").split()[0]
        self.programs = Path(f"/proc/{pid}/exe").resolve().parent
        os.chown(folder, self.owner, -1)
        primary = ["-h", here.host, "-U", here.user]
        self.run("pg_basebackup", *primary, "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast")
        self.start()

    def run(self, program: str, *words: str) -> None:
        """Run one of the server's own programs, as whoever the server runs as."""
        command = [str(self.programs / program), *words]
        with (self.folder / "said").open("w+") as said:  # a server that goes on would keep a pipe open
            done = subprocess.run(command, user=self.owner, stdout=said, stderr=said, cwd=self.folder, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()

    def start(self) -> None:
        place = f"-k {self.folder} -c listen_addresses=''"
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", place, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def end(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def do(self, statement: str) -> Any:
        """Ask the standby itself."""
        with connections["replica"].cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
