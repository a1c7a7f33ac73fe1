"""Paths of orders: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from orders.api import orders

pages: list[URLPattern | URLResolver] = []
api: list[URLPattern | URLResolver] = [
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/batch", orders.OrderBatch.as_view(), name="orders-batch"),
    path("orders/<int:number>", orders.OneOrder.as_view(), name="order"),
    path("orders/<int:number>/cancellation", orders.Cancellation.as_view(), name="order-cancellation"),
    path("orders/<int:number>/holds", orders.Holds.as_view(), name="order-holds"),
    path("orders/<int:number>/holds/<int:hold_id>", orders.OneHold.as_view(), name="order-hold"),
    path("orders/<int:number>/history", orders.History.as_view(), name="order-history"),
]
