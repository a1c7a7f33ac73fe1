"""Who asks in this request, for pages and JSON doors alike."""

from django.http import HttpRequest
from rest_framework.request import Request

from shopdesk.base.access import Subject


def asker(request: HttpRequest | Request) -> Subject:
    """Give the subject of a request. Sign-in has put it there; nobody is a subject too."""
    subject = request.subject  # type: ignore[union-attr]  # set by the middleware and by the token's authentication
    assert isinstance(subject, Subject)  # noqa: S101  for the type checker: everything else would be our own bug
    return subject
