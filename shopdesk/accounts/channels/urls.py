"""Paths of the channels."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.accounts.channels import web

pages: list[URLPattern | URLResolver] = [
    path("settings/channels", web.Channels.as_view(), name="channels"),
    path("settings/channels/<str:channel>", web.OneChannel.as_view(), name="channels-channel"),
    path("settings/channels/<str:channel>/access", web.Access.as_view(), name="channels-access"),
    path("settings/channels/<str:channel>/secret", web.Secret.as_view(), name="channels-secret"),
    path("settings/channels/<str:channel>/test", web.Test.as_view(), name="channels-test"),
    path("settings/channels/<str:channel>/poll", web.Poll.as_view(), name="channels-poll"),
    path("settings/channels/<str:channel>/notes", web.Notes.as_view(), name="channels-note"),
]
