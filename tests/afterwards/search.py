"""When both passes are over: are the tests' people in what the suite left behind? (SEC-72)

    python -m tests.afterwards.search FOLDER

Says what was looked through, and every find by table and column, by file, or by line of the log; 1 when there is one.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

django.setup()

from tests.afterwards import people  # noqa: E402
from tests.afterwards.gather import TEST  # noqa: E402

MOST_SHOWN = 40
AT_ONCE = 400  # lines of the log that are looked through together


def main(folder: Path) -> int:
    """Look through a folder that `gather` filled. A run that left nothing to look through is a find of its own."""
    seen: Counter[str] = Counter()
    found = [*in_logs(folder, seen), *in_what_was_kept(folder, seen)]
    if not seen["tests"] or seen["tests"] != seen.pop("heard", 0):
        found.append("not every test was heard: the search has shown nothing")
    sys.stdout.write(
        "looked for the tests' people in " + ", ".join(f"{n} {what}" for what, n in seen.items() if n) + ": "
    )
    sys.stdout.write(f"{len(found)} finds\n" + "".join(f"  {one}\n" for one in found[:MOST_SHOWN]))
    return 1 if found else 0


def in_logs(folder: Path, seen: Counter[str]) -> Iterator[str]:
    """Look through every line that production would have written."""
    for path in sorted(folder.glob("*.log")):
        test, waiting = "", []
        for number, line in enumerate(path.open(encoding="utf-8"), start=1):
            if line.startswith(TEST):
                yield from _met_in(waiting, path.name, test)
                test, waiting = line.removeprefix(TEST).strip(), []
                seen["heard"] += 1
                continue
            seen["lines"] += 1
            waiting.append((number, line))
            if len(waiting) == AT_ONCE:
                yield from _met_in(waiting, path.name, test)
                waiting = []
        yield from _met_in(waiting, path.name, test)


def _met_in(lines: list[tuple[int, str]], name: str, test: str) -> Iterator[str]:
    if not people.met("".join(line for _, line in lines)):
        return
    for number, line in lines:
        if met := people.met(line):
            yield f"{name}:{number} says a {', a '.join(met)} ({test}): {_event(line)}"


def _event(line: str) -> str:
    """What the line is about, without what it says."""
    said = re.search(r'"logger": "([^"]*)"', line)
    return said.group(1) if said else "not a line of ours"


def in_what_was_kept(folder: Path, seen: Counter[str]) -> Iterator[str]:
    """Look through letters and tasks, and give what was found while the tests ran."""
    for path in sorted(folder.glob("*.left")):
        for line in path.open(encoding="utf-8"):
            row = json.loads(line)
            if row["kind"] == "seen":
                seen.update({what: row[what] for what in ("tests", "values", "files")})
            elif row["kind"] == "found":
                yield f"{row['where']} says a {', a '.join(row['what'])} ({row['test']})"
            elif row["kind"] == "unread":
                yield f"the database could not be read: {row['why']} ({row['test']})"
            else:
                seen[f"{row['kind']}s"] += 1
                yield from _met_by_others(row)


def _met_by_others(row: dict[str, Any]) -> Iterator[str]:
    """A letter may name whom it goes to; no letter to others and no task names anybody."""
    own = [str(mail).lower() for mail in row.get("to", ())]
    text = str(row["text"])
    for mail in own:
        text = re.sub(re.escape(mail), "", text, flags=re.IGNORECASE)
    if met := people.met(text):
        yield f"a {row['kind']} says a {', a '.join(met)} ({row['test']})"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
