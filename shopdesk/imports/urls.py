"""Paths of imports."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.imports import web

pages: list[URLPattern | URLResolver] = [
    path("imports", web.imports, name="imports"),
    path("imports/<slug:code>", web.see, name="imports-import"),
    path("imports/<slug:code>/trial", web.try_out, name="imports-trial"),
    path("imports/<slug:code>/taking", web.take_in, name="imports-taking"),
    path("imports/<slug:code>/undo", web.undo, name="imports-undo"),
    path("imports/<slug:code>/cancellation", web.cancel, name="imports-cancel"),
]
