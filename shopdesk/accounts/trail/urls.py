"""Paths of the audit trail."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.accounts.trail import web

pages: list[URLPattern | URLResolver] = [
    path("settings/trail", web.trail, name="trail"),
    path("settings/trail/export", web.export, name="trail-export"),
]
