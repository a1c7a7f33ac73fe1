"""Who may sign in to the demo shop, for its banner."""

from typing import Any

from django import template

from shopdesk.demo import people

register = template.Library()


@register.simple_tag
def demo_people() -> dict[str, Any]:
    """Give the e-mails and the password that all of them have."""
    return {"emails": people.emails(), "password": people.PASSWORD}
