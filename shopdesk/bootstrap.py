"""Make `.venv`, keep it at its lock file, and go on inside it. Standard library only: nothing else is there yet."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
LAST_LINES = 15


def enter(argv: Sequence[str]) -> None:
    """Return inside an environment that has Django, or replace this process by one that does.

    An active virtual environment (a container's too) is used as it is; `.venv` is ours and is kept at its lock.
    """
    adopt_data_folder(argv)
    if in_foreign_environment():
        refuse_environment_without_django()
        return
    with only_one_maker():
        if read_stamp(VENV) != stamp_of(LOCK):
            make_environment()
    if Path(sys.prefix) != VENV:
        go_on_inside(argv)


def adopt_data_folder(argv: Sequence[str]) -> None:
    """Let `up --data FOLDER` name the folder before the settings are read."""
    if list(argv[1:2]) != ["up"]:
        return
    for place, word in enumerate(argv):
        if word == "--data" and place + 1 < len(argv):
            os.environ["SHOPDESK_DATA"] = argv[place + 1]
        elif word.startswith("--data="):
            os.environ["SHOPDESK_DATA"] = word.removeprefix("--data=")


def in_foreign_environment() -> bool:
    """Tell whether somebody else's virtual environment is active."""
    return sys.prefix != sys.base_prefix and Path(sys.prefix) != VENV


def refuse_environment_without_django() -> None:
    """Stop with a sentence when the active environment has no Django."""
    if importlib.util.find_spec("django") is None:
        sys.exit(
            f"The active virtual environment ({sys.prefix}) has no Django. Leave it with `deactivate` and run this "
            "again, or install into it with: pip install --require-hashes -r requirements-dev.lock"
        )


@contextmanager
def only_one_maker() -> Iterator[None]:
    """Wait until no other process makes `.venv`."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def stamp_of(lock: Path) -> str:
    """Name what an environment was made from: the lock's hash and the Python's version."""
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version_info[0]}.{sys.version_info[1]}"


def read_stamp(venv: Path) -> str:
    """Read what the environment was made from; empty when there is none."""
    stamp = venv / "made-from"
    return stamp.read_text() if stamp.exists() and (venv / "bin" / "python").exists() else ""


def make_environment() -> None:
    """Build the environment in a new folder, then give it its name, so that nobody ever sees half of one."""
    tell("Preparing .venv from requirements-dev.lock (once, about a minute) …")
    started = time.monotonic()
    new, old = ROOT / f".venv.new-{os.getpid()}", ROOT / f".venv.old-{os.getpid()}"
    try:
        install_into(new)
        point_scripts_at(new, VENV)
        (new / "made-from").write_text(stamp_of(LOCK))
        if VENV.exists():
            VENV.rename(old)
        new.rename(VENV)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    tell(f".venv is ready after {time.monotonic() - started:.0f} s.")


def install_into(new: Path) -> None:
    """Create the environment and install the lock: with uv when it is there, else with plain pip."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    uv = shutil.which("uv")
    if uv and install_with_uv(uv, python, new):
        return
    shutil.rmtree(new, ignore_errors=True)
    insist(empty_environment(python, new))
    pip = [str(new / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    insist([*pip, "--require-hashes", "-r", str(LOCK)])


def install_with_uv(uv: str, python: str, new: Path) -> bool:
    """Try uv; answer False when it could not (it may not know the package index that pip is set up for)."""
    made = run([uv, "venv", "--python", python, str(new)])
    if made.returncode:
        return False
    install = [uv, "pip", "install", "--python", str(new / "bin" / "python"), "--require-hashes", "-r", str(LOCK)]
    return run(install).returncode == 0


def empty_environment(python: str, new: Path) -> list[str]:
    """Choose how to make an empty environment with pip in it; stop with the one line to type when there is no way."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return [python, "-m", "venv", str(new)]
    virtualenv = shutil.which("virtualenv")
    if virtualenv:
        return [virtualenv, "--python", python, str(new)]
    sys.exit(
        "This Python cannot make virtual environments (ensurepip is missing). On Debian or Ubuntu, type:\n"
        f"  sudo apt install python3.{sys.version_info[1]}-venv\nand run this again."
    )


def insist(command: list[str]) -> None:
    """Run a step of the installation; on failure stop with its last lines."""
    done = run(command)
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-LAST_LINES:])
        sys.exit(
            f"{last}\n\nThe packages could not be installed (the last lines are above). Nothing was changed; try again."
        )


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command and keep what it says."""
    return subprocess.run(  # noqa: S603  # our own words and paths only
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def point_scripts_at(new: Path, final: Path) -> None:
    """Write the final folder into the scripts, which name the folder they were made in."""
    for script in (new / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if new.name.encode() in content and script.suffix != ".pyc":
            script.write_bytes(content.replace(new.name.encode(), final.name.encode()))


def go_on_inside(argv: Sequence[str]) -> None:
    """Replace this process by the same command inside `.venv`."""
    python = str(VENV / "bin" / "python")
    os.execv(python, [python, *argv])  # noqa: S606  # no shell is wanted


def tell(sentence: str) -> None:
    """Say one line about the progress, apart from what the command itself prints."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
