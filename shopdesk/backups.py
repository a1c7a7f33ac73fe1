"""Backups: the database and the private files in one encrypted file, and back (SEC-85, promise A7).

The file is a row of blocks under AES-256-GCM; each block's number, and whether it is the last, are part of its nonce.
So nothing can be read without the key, changed, swapped, left out or cut off. The list of erasures is not in it: an
old backup must not bring an old list along.
"""

import os
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connections

from shopdesk.privacy import erased_list

MAGIC = b"shopdesk backup 1\n"
SALT_BYTES, BLOCK_BYTES, TAG_BYTES = 16, 1024 * 1024, 16
DATABASE, FILES = "database", "files"
LIBPQ = {
    "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname",
    "PGSSLMODE": "sslmode", "PGSSLROOTCERT": "sslrootcert", "PGSSLCERT": "sslcert", "PGSSLKEY": "sslkey",
}  # fmt: skip


class Unreadable(Exception):
    """The backup was made with another key, was changed, or is not whole."""


class Writer:
    """Takes bytes and writes them encrypted."""

    def __init__(self, out: IO[bytes], key: str) -> None:
        salt = secrets.token_bytes(SALT_BYTES)
        self.out, self.cipher, self.block, self.number = out, _cipher(key, salt), bytearray(), 0
        out.write(MAGIC + salt)

    def write(self, piece: bytes) -> int:
        self.block += piece
        while len(self.block) > BLOCK_BYTES:
            self._seal(bytes(self.block[:BLOCK_BYTES]), last=False)
            del self.block[:BLOCK_BYTES]
        return len(piece)

    def close(self) -> None:
        """Write what is left, marked as the last block."""
        self._seal(bytes(self.block), last=True)

    def _seal(self, block: bytes, *, last: bool) -> None:
        sealed = self.cipher.encrypt(_nonce(self.number, last=last), block, None)
        self.out.write(len(sealed).to_bytes(4) + sealed)
        self.number += 1


class Reader:
    """Gives the bytes of a backup back. Raises Unreadable."""

    def __init__(self, source: IO[bytes], key: str) -> None:
        if source.read(len(MAGIC)) != MAGIC:
            raise Unreadable("This is not a backup of the desk.")
        self.source, self.cipher = source, _cipher(key, source.read(SALT_BYTES))
        self.left, self.number, self.ended = b"", 0, False

    def read(self, size: int = -1) -> bytes:
        while not self.ended and (size < 0 or len(self.left) < size):
            self.left += self._open()
        taken, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        return taken

    def _open(self) -> bytes:
        size = int.from_bytes(self.source.read(4))
        sealed = self.source.read(size) if TAG_BYTES <= size <= BLOCK_BYTES + TAG_BYTES else b""
        for last in (False, True):
            try:
                block = self.cipher.decrypt(_nonce(self.number, last=last), sealed, None)
            except (InvalidTag, ValueError):
                continue
            self.number, self.ended = self.number + 1, last
            return block
        raise Unreadable("The backup was made with another key, was changed, or is not whole.")


def make(place: Path, key: str) -> int:
    """Write database and private files into one file, whole or not at all. Gives its size in bytes."""
    half = place.with_name(place.name + ".part")
    with half.open("wb") as out, _dump() as database:
        half.chmod(0o600)
        writer: Any = Writer(out, key)  # of a file it has what a stream needs
        with tarfile.open(mode="w|", fileobj=writer, format=tarfile.PAX_FORMAT) as pack:
            pack.add(database, DATABASE)
            for file in sorted(Path(settings.MEDIA_ROOT).rglob("*")):
                if file.is_file() and file != erased_list.place():
                    pack.add(file, f"{FILES}/{file.relative_to(settings.MEDIA_ROOT)}")
        writer.close()
        out.flush()
        os.fsync(out.fileno())
    half.replace(place)
    return place.stat().st_size


def bring_back(place: Path, key: str) -> None:
    """Put database and private files back as they were. The whole backup is read before anything is touched.

    Raises Unreadable.
    """
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix="restore-") as folder, place.open("rb") as source:
        reader: Any = Reader(source, key)
        with tarfile.open(mode="r|", fileobj=reader) as pack:
            pack.extractall(folder, filter="data")
        reader.read()  # to the last block: what is cut off is no backup
        _load(Path(folder) / DATABASE)
        kept = Path(folder) / FILES
        if kept.exists():
            shutil.copytree(kept, settings.MEDIA_ROOT, dirs_exist_ok=True)


@contextmanager
def _dump() -> Iterator[Path]:
    """Give a file with the database as it is at one moment, while others go on writing."""
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix="backup-") as folder:
        file = Path(folder) / DATABASE
        if connections["default"].vendor == "sqlite":
            with connections["default"].cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(file)])
        else:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={file}")
        yield file


def _load(file: Path) -> None:
    line = connections["default"]
    if line.vendor == "postgresql":
        database = str(line.get_connection_params()["dbname"])
        connections.close_all()
        options = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
        _run("pg_restore", *options, f"--dbname={database}", str(file))
        # A dump has no statistics: until the server finds the time for its own, each plan would be a guess.
        with line.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("ANALYZE")
            cursor.execute("RESET statement_timeout")
        return
    connections.close_all()
    # SQLite copies page by page into the file that is there, under its own locks.
    with sqlite3.connect(file) as source, sqlite3.connect(str(line.settings_dict["NAME"])) as target:
        source.backup(target)


def _run(program: str, *words: str) -> None:
    """Run a program of PostgreSQL's; the password goes by the environment, where no list of processes shows it."""
    said = connections["default"].get_connection_params()
    env = os.environ | {variable: str(said[name]) for variable, name in LIBPQ.items() if said.get(name)}
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not here: install PostgreSQL's client programs.")
    subprocess.run([found, *words], env=env, check=True)  # noqa: S603  # the words are ours


def _cipher(key: str, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"shopdesk backup").derive(key.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])
