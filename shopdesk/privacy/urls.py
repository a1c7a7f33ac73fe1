"""Paths of privacy: the owner's."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.privacy import web

pages: list[URLPattern | URLResolver] = [
    path("privacy", web.overview, name="privacy"),
    path("privacy/periods", web.set_periods, name="privacy-periods"),
    path("privacy/people/<slug:key>", web.see_person, name="privacy-person"),
    path("privacy/people/<slug:key>/data", web.give_out, name="privacy-export"),
    path("privacy/people/<slug:key>/erasure", web.erase, name="privacy-erase"),
    path("privacy/erasures", web.ask, name="privacy-erasures"),
    path("privacy/erasures/<int:erasure_id>/approval", web.approve, name="privacy-approve"),
    path("privacy/erasures/<int:erasure_id>/dropping", web.drop, name="privacy-drop"),
    path("privacy/erasures/<int:erasure_id>.pdf", web.erasure_act, name="privacy-erasure-act"),
    path("privacy/retention/<int:run_id>.pdf", web.retention_act, name="privacy-retention-act"),
]
