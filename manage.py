#!/usr/bin/env python3
"""Run the desk's commands, on a machine that has nothing but Python 3.11 or newer."""

import os
import sys

OLDEST = (3, 11)


def main() -> None:
    """Enter the project's environment (made when it is missing), then run the command."""
    refuse_old_python(sys.version_info[:2])
    # Imported late: an old Python must reach the sentence above before it meets newer syntax.
    from shopdesk import bootstrap

    bootstrap.enter(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def refuse_old_python(version) -> None:  # type: ignore[no-untyped-def]  # an old Python cannot read the type
    """Stop with a sentence when this Python is too old."""
    if tuple(version) < OLDEST:
        sys.exit(
            "Shopdesk needs Python %d.%d or newer, and this is %d.%d. " % (OLDEST + tuple(version))  # noqa: UP031
            + "Start it with a newer one, for example: python3.11 manage.py up"
        )


if __name__ == "__main__":
    main()
