"""The list of what the desk is built from (SEC-83): every locked package, its version, the hashes of its files."""

import re
from pathlib import Path
from typing import Any

PACKAGE = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^ ;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def read_lock(lock: Path) -> list[dict[str, Any]]:
    """Read a lock file as components of CycloneDX. Raises ValueError for a package that no hash holds fast."""
    found: list[dict[str, Any]] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := PACKAGE.match(line):
            name, version = match["name"].lower().replace("_", "-"), match["version"]
            found.append(
                {
                    "type": "library",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:pypi/{name}@{version}",
                    "hashes": [],
                }
            )
        elif (digest := HASH.search(line)) and found:
            found[-1]["hashes"].append({"alg": "SHA-256", "content": digest.group(1)})
    if loose := [one["name"] for one in found if not one["hashes"]]:
        raise ValueError(f"Not held fast by a hash: {', '.join(loose)}.")
    return found


def write(lock: Path, version: str) -> dict[str, Any]:
    """Give the bill of materials, CycloneDX 1.6; without a date, so that the same lock gives the same bill."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "shopdesk", "version": version}},
        "components": read_lock(lock),
    }
