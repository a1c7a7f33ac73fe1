"""Paths of orders: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from orders.api import calls, confirmation, counts, credits, feed, orders, packing, products, stock

pages: list[URLPattern | URLResolver] = []
api: list[URLPattern | URLResolver] = [
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/batch", orders.OrderBatch.as_view(), name="orders-batch"),
    path("orders/<int:number>", orders.OneOrder.as_view(), name="order"),
    path("orders/<int:number>/confirmation", confirmation.Confirmation.as_view(), name="order-confirmation"),
    path("orders/<int:number>/cancellation", orders.Cancellation.as_view(), name="order-cancellation"),
    path("orders/<int:number>/holds", orders.Holds.as_view(), name="order-holds"),
    path("orders/<int:number>/holds/<int:hold_id>", orders.OneHold.as_view(), name="order-hold"),
    path("orders/<int:number>/history", orders.History.as_view(), name="order-history"),
    path("calls", calls.Calls.as_view(), name="calls"),
    path("calls/next", calls.NextCall.as_view(), name="calls-next"),
    path("calls/<int:task_id>/attempts", calls.Attempts.as_view(), name="call-attempts"),
    path("calls/<int:task_id>/skip", calls.Skip.as_view(), name="call-skip"),
    path("calls/<int:task_id>/heartbeat", calls.Heartbeat.as_view(), name="call-heartbeat"),
    path("packing", packing.Packing.as_view(), name="packing"),
    path("orders/<int:number>/picking", packing.Picking.as_view(), name="order-picking"),
    path("orders/<int:number>/scans", packing.Scans.as_view(), name="order-scans"),
    path("orders/<int:number>/put-back", packing.PutBack.as_view(), name="order-put-back"),
    path("orders/<int:number>/shortages", packing.Shortages.as_view(), name="order-shortages"),
    path("orders/<int:number>/parcels", packing.Parcels.as_view(), name="order-parcels"),
    path("orders/<int:number>/payments", credits.Payments.as_view(), name="order-payments"),
    path("credits", credits.Credits.as_view(), name="credits"),
    path("credits/<int:credit_id>/payment", credits.CreditPayment.as_view(), name="credit-payment"),
    path("changes", feed.Changes.as_view(), name="changes"),
    path("stock", stock.Stock.as_view(), name="stock"),
    path("stock/receipts", stock.Receipts.as_view(), name="stock-receipts"),
    path("stock/counts", counts.Counts.as_view(), name="stock-counts"),
    path("stock/counts/<int:count_id>", counts.OneCount.as_view(), name="stock-count"),
    path("stock/counts/<int:count_id>/lines", counts.Lines.as_view(), name="stock-count-lines"),
    path("stock/counts/<int:count_id>/answers", counts.Answers.as_view(), name="stock-count-answers"),
    path("stock/counts/<int:count_id>/close", counts.Closing.as_view(), name="stock-count-close"),
    path("stock/counts/<int:count_id>/approval", counts.Approval.as_view(), name="stock-count-approval"),
    path("stock/<path:sku>/moves", stock.Moves.as_view(), name="stock-moves"),
    path("products", products.Products.as_view(), name="products"),
    path("products/<path:sku>", products.OneProduct.as_view(), name="product"),
]
