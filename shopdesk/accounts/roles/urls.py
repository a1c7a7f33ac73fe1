"""Paths of the roles."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.accounts.roles.web import OwnLimits, OwnLimitsRemoval, RoleAddresses, Roles

pages: list[URLPattern | URLResolver] = [
    path("settings/roles", Roles.as_view(), name="roles"),
    path("settings/roles/addresses", RoleAddresses.as_view(), name="roles-addresses"),
    path("settings/roles/people/<int:person_id>", OwnLimits.as_view(), name="roles-person"),
    path("settings/roles/people/<int:person_id>/removal", OwnLimitsRemoval.as_view(), name="roles-person-removal"),
]
