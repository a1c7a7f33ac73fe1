"""The trail's sweep. Work lies in rows; a message only wakes it."""

from celery import shared_task

from shopdesk.trail import chain


@shared_task(name="shopdesk.trail.tasks.publish")
def publish() -> None:
    """Place what was noted."""
    chain.publish()
