"""Sweeps of imports. Each runs on a timer and may be woken; two at once are harmless."""

from celery import shared_task
from django.utils import timezone

from shopdesk.imports import taking
from shopdesk.imports import work as worker


@shared_task(name="shopdesk.imports.tasks.work")
def work() -> int:
    """Bring one import on, and delete the files whose days are over."""
    taking.delete_old_files(at=timezone.now())
    return worker.work_on_next(at=timezone.now())
