"""The paths of the door that is compatible with API v5. Their names begin with `v5-`; rights stand in `rights.toml`."""

from django.urls import path

from shopdesk.retailcrm import (
    calling,
    customers,
    delivery,
    history,
    orders,
    packs,
    payments,
    reference,
    staff,
    store,
)

unversioned = [
    path("api-versions", reference.Versions.as_view(), name="v5-versions"),
    path("credentials", reference.Credentials.as_view(), name="v5-credentials"),
    path("system-info", reference.SystemInfo.as_view(), name="v5-system-info"),
]
books = [
    path("reference/sites", reference.Sites.as_view(), name="v5-sites"),
    path("reference/sites/<str:code>/edit", reference.SiteEdit.as_view(), name="v5-site-edit"),
    path("reference/statuses", reference.Statuses.as_view(), name="v5-statuses"),
    path("reference/status-groups", reference.StatusGroups.as_view(), name="v5-status-groups"),
    path("reference/delivery-types", reference.DeliveryTypes.as_view(), name="v5-delivery-types"),
    path("reference/payment-types", reference.PaymentTypes.as_view(), name="v5-payment-types"),
    path("reference/payment-statuses", reference.PaymentStatuses.as_view(), name="v5-payment-statuses"),
    path("reference/stores", reference.Stores.as_view(), name="v5-stores"),
    path("custom-fields", reference.CustomFields.as_view(), name="v5-custom-fields"),
    path("statistic/update", reference.Counted.as_view(), name="v5-statistic"),
    path("integration-modules/<str:module>/edit", reference.Agreed.as_view(), name="v5-module-edit"),
    *(
        path(f"reference/{where}", reference.Book.as_view(book=book, shown=shown), name=f"v5-{where}")
        for where, book, shown in (
            ("order-methods", "orderMethods", reference.methods_book),
            ("order-types", "orderTypes", reference.order_types_book),
            ("product-statuses", "productStatuses", reference.item_statuses_book),
            ("price-types", "priceTypes", reference.PRICE_TYPES),
            ("delivery-services", "deliveryServices", {}),
            ("countries", "countriesIso", ["RU", "BY", "KZ", "UA", "BG", "DE", "GB", "US"]),
            ("units", "units", reference.UNITS),
        )
    ),
]
of_orders = [
    path("orders", orders.List.as_view(), name="v5-orders"),
    path("orders/create", orders.Create.as_view(), name="v5-orders-create"),
    path("orders/upload", orders.Upload.as_view(), name="v5-orders-upload"),
    path("orders/history", history.History.as_view(), name="v5-orders-history"),
    path("orders/statuses", orders.Statuses.as_view(), name="v5-orders-statuses"),
    path("orders/fix-external-ids", orders.FixExternalIds.as_view(), name="v5-orders-ids"),
    path("orders/payments/create", payments.Create.as_view(), name="v5-payments-create"),
    path("orders/payments/<str:uid>/edit", payments.Edit.as_view(), name="v5-payment-edit"),
    path("orders/payments/<str:uid>/delete", payments.Delete.as_view(), name="v5-payment-delete"),
    path("orders/packs", packs.List.as_view(), name="v5-packs"),
    path("orders/packs/create", packs.Create.as_view(), name="v5-packs-create"),
    path("orders/packs/history", packs.History.as_view(), name="v5-packs-history"),
    path("orders/packs/<int:pack_id>", packs.One.as_view(), name="v5-pack"),
    path("orders/packs/<int:pack_id>/edit", packs.Edit.as_view(), name="v5-pack-edit"),
    path("orders/packs/<int:pack_id>/delete", packs.Delete.as_view(), name="v5-pack-delete"),
    path("orders/<str:uid>", orders.One.as_view(), name="v5-order"),
    path("orders/<str:uid>/edit", orders.Edit.as_view(), name="v5-order-edit"),
]
of_customers = [
    path("customers", customers.List.as_view(), name="v5-customers"),
    path("customers/create", customers.Create.as_view(), name="v5-customers-create"),
    path("customers/upload", customers.Upload.as_view(), name="v5-customers-upload"),
    path("customers/history", customers.History.as_view(), name="v5-customers-history"),
    path("customers/fix-external-ids", customers.FixExternalIds.as_view(), name="v5-customers-ids"),
    path("customers/<str:uid>", customers.One.as_view(), name="v5-customer"),
    path("customers/<str:uid>/edit", customers.Edit.as_view(), name="v5-customer-edit"),
]
of_the_desk = [
    path("store/inventories", store.Inventories.as_view(), name="v5-inventories"),
    path("store/inventories/upload", store.InventoriesUpload.as_view(), name="v5-inventories-upload"),
    path("store/prices/upload", store.PricesUpload.as_view(), name="v5-prices-upload"),
    path("store/products", store.Products.as_view(), name="v5-products"),
    path("store/offers", store.Offers.as_view(), name="v5-offers"),
    path("telephony/call/event", calling.CallEvent.as_view(), name="v5-call-event"),
    path("telephony/calls/upload", calling.CallsUpload.as_view(), name="v5-calls-upload"),
    path("telephony/manager", calling.Manager.as_view(), name="v5-phone-manager"),
    path("delivery/generic/<str:code>/tracking", delivery.Tracking.as_view(), name="v5-tracking"),
    path("delivery/shipments", delivery.List.as_view(), name="v5-shipments"),
    path("delivery/shipments/create", delivery.Create.as_view(), name="v5-shipments-create"),
    path("delivery/shipments/<int:number>", delivery.One.as_view(), name="v5-shipment"),
    path("delivery/shipment/<int:number>/edit", delivery.Edit.as_view(), name="v5-shipment-edit"),
    path("delivery/shipments/<int:number>/edit", delivery.Edit.as_view(), name="v5-shipments-edit"),
    path("users", staff.Users.as_view(), name="v5-users"),
    path("users/<int:user_id>/status", staff.UserStatus.as_view(), name="v5-user-status"),
    path("tasks", staff.Empty.as_view(book="tasks"), name="v5-tasks"),
    path("costs", staff.Empty.as_view(book="costs"), name="v5-costs"),
]
v5 = [*books, *of_orders, *of_customers, *of_the_desk]
