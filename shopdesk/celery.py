"""The Celery app, and the only list of sweeps.

Celery is an alarm clock: work lies in rows, and each sweep finds its own. So a message may be lost, doubled or late
without harm, and expires after one interval: the next one is already on its way.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from shopdesk import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")

SWEEPS = {  # task -> every so many seconds
    "orders.tasks.publish": 10,
    "orders.tasks.apply_inbox": 10,
    "shopdesk.retailcrm.tasks.apply_left_over": 30,
    "orders.tasks.poll_shops": 600,
    "orders.tasks.reconcile_shops": 900,
    "orders.tasks.tell_shops": 30,
    "orders.tasks.tell_stock": 60,
    "orders.tasks.allocate": 30,
    "orders.tasks.due_callbacks": 30,
    "orders.tasks.send_messages": 30,
    "orders.tasks.free_promises": 60,
    "orders.tasks.take_back_carts": 120,
    "reports.tasks.nightly_close": 300,
    "reports.tasks.send_reports": 60,
    "reports.tasks.keep_figures": 10,
    "shopdesk.trail.tasks.publish": 30,
    "delivery.tasks.match_again": 300,
    "delivery.tasks.pick_up_news": 60,
    "delivery.tasks.read_messages": 10,
    "delivery.tasks.make_waybills": 30,
    "delivery.tasks.ask_for_news": 60,
    "orders.tasks.draw_papers": 15,
    "orders.tasks.anchor": 300,
    "orders.tasks.watch_stock": 300,
    "orders.tasks.look_back": 3_600,
    "orders.tasks.propose_counts": 3_600,
    "orders.tasks.watch_books": 21_600,
    "shopdesk.exports.tasks.make": 15,
    "shopdesk.webhooks.tasks.plan": 10,
    "shopdesk.webhooks.tasks.send": 10,
    "shopdesk.imports.tasks.work": 15,
    "shopdesk.privacy.tasks.retain": 300,
}

app = Celery("shopdesk")
app.conf.update(
    broker_url=settings.REDIS_URL or "memory://",
    broker_connection_retry_on_startup=True,
    broker_connection_timeout=1,
    broker_transport_options={
        "visibility_timeout": 300,  # longer than the hard time limit, or each running task is copied every period
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "health_check_interval": 30,
    },
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_time_limit=120,
    task_soft_time_limit=90,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=25,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
    enable_utc=True,
    beat_schedule={
        name: {"task": name, "schedule": every, "options": {"expires": every}} for name, every in SWEEPS.items()
    },
    beat_schedule_filename=str(settings.DATA / "beat"),
    beat_max_loop_interval=5,
    beat_scheduler="shopdesk.alarmclock:AlarmClock",
)
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks(
    [
        "orders", "delivery", "reports", "shopdesk.trail", "shopdesk.exports", "shopdesk.webhooks", "shopdesk.imports",
        "shopdesk.privacy", "shopdesk.retailcrm",
    ]
)  # fmt: skip


@setup_logging.connect
def log_as_the_web_does(**_: Any) -> None:
    """Keep Celery from setting up logging of its own."""
    logs.configure(settings.LOGGING)
