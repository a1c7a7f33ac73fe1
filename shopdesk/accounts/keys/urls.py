"""Paths of the keys."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.accounts.keys.web import Keys, Replacement, Revocation

pages: list[URLPattern | URLResolver] = [
    path("settings/keys", Keys.as_view(), name="keys"),
    path("settings/keys/<int:pk>/replacement", Replacement.as_view(), name="keys-replacement"),
    path("settings/keys/<int:pk>/revocation", Revocation.as_view(), name="keys-revocation"),
    path("my/keys", Keys.as_view(mine=True), name="my-keys"),
    path("my/keys/<int:pk>/replacement", Replacement.as_view(mine=True), name="my-keys-replacement"),
    path("my/keys/<int:pk>/revocation", Revocation.as_view(mine=True), name="my-keys-revocation"),
]
