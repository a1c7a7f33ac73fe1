"""What the desk refuses to start with, and what `check --deploy` looks up in the running database (SEC-24, SEC-80)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from redis import Redis
from redis.exceptions import RedisError

from shopdesk.environment import is_local

SHORTEST_SECRET = 40
FEWEST_DIFFERENT_CHARACTERS = 10
KNOWN_SECRETS = ("insecure", "changeme", "change-me", "secret-key", "example", "shopdesk")
DEFAULT_PASSWORDS = {"", "postgres", "password", "shopdesk", "admin", "root", "redis", "secret", "changeme", "12345678"}
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "9p", "fuse.sshfs", "fuse.glusterfs", "ceph"}


def refuse_unsafe(
    *, debug: bool, hosts: Sequence[str], secrets: Sequence[str], databases: Mapping[str, Any], broker: str
) -> None:
    """Stop the start when a setting would open the desk to strangers or lose its data; names every reason at once."""
    reasons = [
        *refuse_hosts(debug, hosts),
        *(reason for secret in secrets for reason in refuse_secret(secret)),
        *(reason for database in databases.values() for reason in refuse_database(database)),
        *refuse_broker(broker),
    ]
    if reasons:
        raise ImproperlyConfigured(" ".join(dict.fromkeys(reasons)))


def refuse_hosts(debug: bool, hosts: Sequence[str]) -> list[str]:
    """Refuse any host at all, and DEBUG where others than this machine may look."""
    if "*" in hosts:
        return ["ALLOWED_HOSTS=* lets anybody choose the links in our mails; name the hosts."]
    if debug and not all(is_local(host) for host in hosts):
        return ["DEBUG shows settings and personal data on error pages; it is for this machine only."]
    return []


def refuse_calls_home(allowed: bool, public_host: str) -> None:
    """Refuse calls to this machine's own ports at a desk that others reach: whoever types a URL would stand inside."""
    if allowed and not is_local(public_host):
        raise ImproperlyConfigured("OUTGOING_TO_THIS_MACHINE is for a desk on this machine only.")


def refuse_secret(secret: str) -> list[str]:
    """Refuse a secret that can be guessed, or that stands in an example."""
    short = len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS
    if short or any(word in secret.lower() for word in KNOWN_SECRETS):
        return [f"SECRET_KEY and FIELD_KEY must be random, at least {SHORTEST_SECRET} characters long."]
    return []


def refuse_database(database: Mapping[str, Any]) -> list[str]:
    """Refuse SQLite on a network file system (its locks do not hold there) and default passwords elsewhere."""
    if database["ENGINE"].endswith("sqlite3"):
        if file_system_of(Path(database["NAME"])) in NETWORK_FILE_SYSTEMS:
            return ["SQLite on a network file system loses data: put SHOPDESK_DATA on a local disk, or use PostgreSQL."]
        return []
    host = str(database.get("HOST") or "")
    if host and not is_local(host) and not host.startswith("/") and database.get("PASSWORD", "") in DEFAULT_PASSWORDS:
        return ["The database's password is missing or a default one."]
    return []


def refuse_broker(url: str) -> list[str]:
    """Refuse a broker on another machine that has no password, or a default one."""
    parts = urlsplit(url)
    if parts.hostname and not is_local(parts.hostname) and (parts.password or "") in DEFAULT_PASSWORDS:
        return ["REDIS_URL has no password, or a default one."]
    return []


def file_system_of(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Name the type of the file system that a path lies on; empty where the system does not tell."""
    if not mounts.exists():
        return ""
    best, kind = "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        _, point, name = line.split(" ")[:3]
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, name
    return kind


@register(Tags.database, deploy=True)
def check_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Look up in each database that what it acknowledges is on the disk."""
    found: list[CheckMessage] = []
    for alias in databases or ["default"]:
        connection = connections[alias]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
                synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
                if alias == "default" and (journal, synchronous) != ("wal", 2):
                    found.append(Error("SQLite must run with WAL and synchronous=FULL.", id="shopdesk.E001"))
                continue
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] not in {"on", "remote_apply", "remote_write", "local"}:
                found.append(Error("PostgreSQL must run with synchronous_commit=on.", id="shopdesk.E002"))
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if cursor.fetchone()[0]:
                found.append(Warning("The desk runs as a superuser of PostgreSQL.", id="shopdesk.W001"))
    return found


@register(Tags.security, deploy=True)
def check_surroundings(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Look at what stands around the desk: the proxy that speaks https, the clock's zone, shared counters (SEC-80)."""
    found: list[CheckMessage] = []
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        found.append(
            Error(
                "PUBLIC_URL is https, and nobody who speaks https is trusted: set TRUSTED_PROXIES.", id="shopdesk.E003"
            )
        )
    if not settings.HTTPS and not is_local(settings.PUBLIC_HOST):
        found.append(Error("A desk that others reach needs https in PUBLIC_URL.", id="shopdesk.E004"))
    if settings.TIME_ZONE != "UTC" or not settings.USE_TZ:
        found.append(Error("The desk counts in UTC; the shop's zone is SHOP_TIME_ZONE.", id="shopdesk.E005"))
    if not settings.CACHE_URL:
        found.append(
            Warning("Without REDIS_URL or CACHE_URL each process counts too many requests alone.", id="shopdesk.W002")
        )
    return found


@register(Tags.caches, deploy=True)
def check_broker(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Ask the broker, where it answers, whether it keeps what it is told. One that is out of reach is `/readyz`'s."""
    if not settings.REDIS_URL:
        return []
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as broker:
            told: Any = broker.config_get("appendonly", "maxmemory-policy")
    except RedisError:
        return []
    found: list[CheckMessage] = []
    if told.get("appendonly") != "yes":
        found.append(Warning("The broker forgets everything when it falls: appendonly yes.", id="shopdesk.W003"))
    if told.get("maxmemory-policy") != "noeviction":
        found.append(Warning("The broker may drop messages: maxmemory-policy noeviction.", id="shopdesk.W004"))
    return found
