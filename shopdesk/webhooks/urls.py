"""Paths of webhooks."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.webhooks import web

pages: list[URLPattern | URLResolver] = [
    path("settings/webhooks", web.Endpoints.as_view(), name="webhooks"),
    path("settings/webhooks/<int:endpoint_id>", web.OneEndpoint.as_view(), name="webhooks-endpoint"),
    path("settings/webhooks/<int:endpoint_id>/secret", web.change_secret, name="webhooks-secret"),
    path("settings/webhooks/<int:endpoint_id>/pause", web.pause, name="webhooks-pause"),
    path("settings/webhooks/<int:endpoint_id>/resumption", web.resume, name="webhooks-resume"),
    path("settings/webhooks/<int:endpoint_id>/end", web.end, name="webhooks-end"),
    path("settings/webhooks/<int:endpoint_id>/test", web.send_test, name="webhooks-test"),
    path("settings/webhooks/<int:endpoint_id>/again", web.send_again, name="webhooks-again"),
    path("settings/webhooks/<int:endpoint_id>/messages/<int:message_id>", web.see_message, name="webhooks-message"),
]
