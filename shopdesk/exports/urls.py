"""Paths of exports."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.exports import api as doors
from shopdesk.exports import web

pages: list[URLPattern | URLResolver] = [
    path("exports", web.list_exports, name="exports"),
    path("exports/new", web.ask, name="exports-new"),
    path("exports/<slug:code>/file", web.fetch, name="exports-file"),
    path("exports/<slug:code>/cancellation", web.cancel, name="exports-cancel"),
    path("exports/<slug:code>/approval", web.approve, name="exports-approve"),
]
api: list[URLPattern | URLResolver] = [
    path("exports", doors.Exports.as_view(), name="exports"),
    path("exports/<slug:code>", doors.OneExport.as_view(), name="export"),
    path("exports/<slug:code>/file", doors.ExportFile.as_view(), name="export-file"),
]
