"""Every path of the desk. Each app lists its pages and its JSON paths; the same noun is the page and the API path."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

import delivery.urls
import orders.urls
import reports.urls
import shopdesk.accounts.channels.urls
import shopdesk.accounts.keys.urls
import shopdesk.accounts.roles.urls
import shopdesk.accounts.trail.urls
import shopdesk.accounts.urls
import shopdesk.exports.urls
import shopdesk.imports.urls
import shopdesk.privacy.urls
import shopdesk.retailcrm.urls
import shopdesk.webhooks.urls
from shopdesk import health, policyreports

api = [
    *orders.urls.api,
    *delivery.urls.api,
    *reports.urls.api,
    *shopdesk.exports.urls.api,
    path("openapi.json", SpectacularJSONAPIView.as_view(permission_classes=[health.Insider]), name="openapi"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(url_name="api:openapi", permission_classes=[health.Insider]),
        name="docs",
    ),
]
pages = [
    *shopdesk.accounts.urls.pages,
    *shopdesk.accounts.channels.urls.pages,
    *shopdesk.accounts.keys.urls.pages,
    *shopdesk.accounts.roles.urls.pages,
    *shopdesk.accounts.trail.urls.pages,
    *orders.urls.pages,
    *delivery.urls.pages,
    *reports.urls.pages,
    *shopdesk.exports.urls.pages,
    *shopdesk.webhooks.urls.pages,
    *shopdesk.imports.urls.pages,
    *shopdesk.privacy.urls.pages,
]

machines: list[URLPattern | URLResolver] = [
    path("v1/", include(api)),
    path("v5/", include(shopdesk.retailcrm.urls.v5)),
    *shopdesk.retailcrm.urls.unversioned,
]

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("policy-reports", policyreports.hear, name="policy-reports"),
    path("accounts/", include(shopdesk.accounts.urls.sign_in)),
    path("api/", include((machines, "api"))),
    path("", include(pages)),
]

handler400 = "shopdesk.base.refusals.bad_request"
handler403 = "shopdesk.base.refusals.forbidden"
handler404 = "shopdesk.base.refusals.not_found"
handler500 = "shopdesk.base.refusals.server_error"
