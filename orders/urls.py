"""Paths of orders: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from orders.api import calls, confirmation, counts, credits, feed, labels, orders, packing, products, stock, telephony
from orders.web import answers as answer_pages
from orders.web import bills as bill_pages
from orders.web import bins as bin_pages
from orders.web import callhours as hour_pages
from orders.web import callorder as call_order_pages
from orders.web import calls as call_pages
from orders.web import card as card_pages
from orders.web import countlists as list_pages
from orders.web import counts as count_pages
from orders.web import credits as credit_pages
from orders.web import edit as edit_pages
from orders.web import form as form_pages
from orders.web import labels as label_pages
from orders.web import messages as message_pages
from orders.web import orders as order_pages
from orders.web import overdue as overdue_pages
from orders.web import packing as packing_pages
from orders.web import phone as phone_pages
from orders.web import plans as plan_pages
from orders.web import presence as presence_pages
from orders.web import putback as putback_pages
from orders.web import receipts as receipt_pages
from orders.web import scripts as script_pages
from orders.web import sealing as sealing_pages
from orders.web import skipping as skipping_pages
from orders.web import sourcing as sourcing_pages
from orders.web import stock as stock_pages
from orders.web import supervising as supervising_pages
from orders.web import supply as supply_pages
from orders.web import watching as watch_pages

pages: list[URLPattern | URLResolver] = [
    path("orders", order_pages.list_orders, name="orders"),
    path("orders/many", order_pages.change_many, name="orders-many"),
    path("orders/labels", label_pages.put_on_many, name="orders-labels"),
    path("orders/labels/undo", label_pages.put_back, name="orders-labels-undo"),
    path("orders/new", form_pages.PhoneOrder.as_view(), name="orders-new"),
    path("orders/new/basket", form_pages.count_basket, name="orders-new-basket"),
    path("orders/new/products", form_pages.find_products, name="orders-new-products"),
    path("orders/new/customers", form_pages.find_customers, name="orders-new-customers"),
    path("orders/new/customers/<int:customer_id>", form_pages.take_customer, name="orders-new-customer"),
    path("orders/<int:number>", card_pages.see_order, name="orders-card"),
    path("orders/<int:number>/peek", card_pages.peek, name="orders-card-peek"),
    path("orders/<int:number>/edit", edit_pages.EditOrder.as_view(), name="orders-card-edit"),
    path("orders/<int:number>/confirmation", card_pages.confirm, name="orders-card-confirmation"),
    path("orders/<int:number>/agreement", card_pages.agree_again, name="orders-card-agreement"),
    path("orders/<int:number>/holds", card_pages.hold, name="orders-card-holds"),
    path("orders/<int:number>/holds/<int:hold_id>", card_pages.lift, name="orders-card-hold"),
    path("orders/<int:number>/sourcing", sourcing_pages.see_plan, name="orders-card-sourcing"),
    path("orders/<int:number>/location", sourcing_pages.choose, name="orders-card-location"),
    path("orders/<int:number>/cancellation", card_pages.cancel, name="orders-card-cancellation"),
    path("orders/<int:number>/label", label_pages.put_on, name="orders-card-label"),
    path("orders/<int:number>/reopening", card_pages.reopen, name="orders-card-reopening"),
    path("settings/labels", label_pages.Labels.as_view(), name="labels"),
    path("settings/labels/<int:pk>", label_pages.Label.as_view(), name="labels-label"),
    path("settings/labels/<int:pk>/removal", label_pages.take_away, name="labels-removal"),
    path("packing", packing_pages.queue, name="packing"),
    path("packing/next", packing_pages.take_next, name="packing-next"),
    path("packing/papers/<slug:what>", packing_pages.print_papers, name="packing-papers"),
    path("packing/back", putback_pages.waiting, name="packing-back"),
    path("packing/back/<int:number>", putback_pages.station, name="packing-back-order"),
    path("packing/back/<int:number>/scans", putback_pages.hear, name="packing-back-scans"),
    path("packing/<int:number>", packing_pages.station, name="packing-station"),
    path("packing/<int:number>/picking", packing_pages.take, name="packing-take"),
    path("packing/<int:number>/scans", packing_pages.hear, name="packing-scans"),
    path("packing/<int:number>/entries", packing_pages.enter, name="packing-entries"),
    path("packing/<int:number>/shortages", packing_pages.report_shortage, name="packing-shortages"),
    path("packing/<int:number>/putting-down", packing_pages.put_down, name="packing-down"),
    path("packing/<int:number>/parcels", sealing_pages.seal, name="packing-sealing"),
    path("packing/<int:number>/opening", sealing_pages.open_again, name="packing-opening"),
    path("credits", credit_pages.list_due, name="orders-credits"),
    path("credits/<int:credit_id>/owner", credit_pages.take_over, name="orders-credit-owner"),
    path("credits/<int:credit_id>/loss", credit_pages.write_off, name="orders-credit-writeoff"),
    path("credits/<int:credit_id>/owner", credit_pages.take_over, name="orders-credit-owner"),
    path("credits/<int:credit_id>/loss", credit_pages.write_off, name="orders-credit-writeoff"),
    path("credits/<int:credit_id>/payment", credit_pages.pay, name="orders-credit-payment"),
    path("calls", call_pages.call_desk, name="calls"),
    path("calls/next", call_pages.take_next, name="calls-next"),
    path("calls/<int:task_id>/outcome", call_pages.settle, name="calls-outcome"),
    path("calls/<int:task_id>/order", call_order_pages.change, name="calls-order"),
    path("calls/<int:task_id>/skip", call_pages.skip, name="calls-skip"),
    path("calls/<int:task_id>/heartbeat", call_pages.keep, name="calls-heartbeat"),
    path("orders/<int:number>/present", presence_pages.look, name="orders-card-present"),
    path("settings/scripts", script_pages.see_scripts, name="call-scripts"),
    path("settings/scripts/<slug:mode>", script_pages.save_script, name="call-script"),
    path("calls/board", supervising_pages.board, name="calls-board"),
    path("calls/board/given", supervising_pages.give, name="calls-give"),
    path("calls/<int:task_id>/over", supervising_pages.take_over, name="calls-take-over"),
    path("calls/presence", supervising_pages.switch, name="calls-presence"),
    path("calls/seen", supervising_pages.seen, name="calls-seen"),
    path("orders/overdue", overdue_pages.overdue, name="overdue"),
    path("settings/calls", hour_pages.CallHours.as_view(), name="call-hours"),
    path("calls/skills/<int:person>", supervising_pages.save_skills, name="calls-skills"),
    path("settings/retry-plans", plan_pages.plans, name="retry-plans"),
    path("settings/retry-plans/preview", plan_pages.preview, name="retry-plan-preview"),
    path("settings/retry-plans/plan", plan_pages.change, name="retry-plan"),
    path("settings/retry-plans/<int:plan_id>/removal", plan_pages.drop, name="retry-plan-drop"),
    path("settings/no-call", skipping_pages.rules, name="no-call"),
    path("settings/no-call/rule", skipping_pages.save, name="no-call-rule"),
    path("settings/no-call/<int:rule_id>/trial", skipping_pages.try_out, name="no-call-try"),
    path("settings/no-call/<int:rule_id>/switch", skipping_pages.switch, name="no-call-switch"),
    path("settings/no-call/decisions/<int:decision_id>", skipping_pages.judge, name="no-call-judge"),
    path("calls/incoming", phone_pages.incoming, name="calls-incoming"),
    path("calls/<int:task_id>/dial", phone_pages.dial, name="calls-dial"),
    path("calls/telephone", phone_pages.phone_log, name="phone-log"),
    path("calls/enquiry", phone_pages.Enquire.as_view(), name="enquiry"),
    path("settings/telephone", phone_pages.Line.as_view(), name="phone-line"),
    path("settings/telephone/seats", phone_pages.save_seat, name="phone-seat"),
    path("answer/<str:secret>", answer_pages.answer_link, name="answer"),
    path("messages", message_pages.message_log, name="messages"),
    path("messages/<int:message_id>/again", message_pages.send_again, name="message-again"),
    path("settings/messages", message_pages.rules, name="message-rules"),
    path("settings/messages/<slug:kind>", message_pages.save_rule, name="message-rule"),
    path("settings/messages/<slug:kind>/words", message_pages.save_words, name="message-words"),
    path("stock", stock_pages.shelf, name="stock"),
    path("stock/new", stock_pages.add, name="stock-new"),
    path("stock/receipts", receipt_pages.receipts, name="stock-receipts"),
    path("stock/receipts/new", receipt_pages.new, name="stock-receive"),
    path("stock/receipts/lines", receipt_pages.scan, name="stock-receive-lines"),
    path("stock/receipts/<int:receipt_id>", receipt_pages.receipt_page, name="stock-receipt"),
    path("stock/receipts/<int:receipt_id>/papers", bill_pages.keep, name="stock-receipt-papers"),
    path("stock/receipts/<int:receipt_id>/papers/<int:paper_id>", bill_pages.read, name="stock-receipt-paper"),
    path("stock/bins", bin_pages.bins, name="stock-bins"),
    path("stock/carry", bin_pages.carry, name="stock-carry"),
    path("stock/carried", bin_pages.carried, name="stock-carried"),
    path("stock/moves/<int:move_id>/back", bin_pages.put_back, name="stock-back"),
    path("stock/watch", watch_pages.watch, name="stock-watch"),
    path("stock/then", watch_pages.then, name="stock-then"),
    path("stock/moves", watch_pages.moves, name="stock-moves-all"),
    path("stock/locations", supply_pages.locations, name="stock-locations"),
    path("stock/transfers", supply_pages.list_transfers, name="stock-transfers"),
    path("stock/transfers/new", supply_pages.send, name="stock-send"),
    path("stock/transfers/<int:transfer_id>", supply_pages.see_transfer, name="stock-transfer"),
    path("stock/transfers/<int:transfer_id>/arrival", supply_pages.arrive, name="stock-transfer-arrival"),
    path("stock/transfers/<int:transfer_id>/loss", supply_pages.give_up, name="stock-transfer-loss"),
    path("stock/expected", supply_pages.list_expected, name="stock-expected"),
    path("stock/expected/new", supply_pages.expect, name="stock-expect"),
    path("stock/expected/<int:expected_id>", supply_pages.see_expected, name="stock-expected-one"),
    path("stock/expected/<int:expected_id>/end", supply_pages.close_expected, name="stock-expected-end"),
    path("stock/<int:product_id>", stock_pages.product_page, name="stock-product"),
    path("stock/<int:product_id>/peek", stock_pages.peek, name="stock-peek"),
    path("stock/<int:product_id>/edit", stock_pages.edit, name="stock-edit"),
    path("stock/<int:product_id>/leave", bin_pages.leave, name="stock-leave"),
    path("stock/<int:product_id>/losers", bin_pages.losers, name="stock-losers"),
    path("counts", count_pages.count_list, name="counts"),
    path("counts/new", count_pages.start, name="counts-new"),
    path("counts/today", list_pages.today, name="counts-today"),
    path("counts/today/count", list_pages.start_today, name="counts-today-start"),
    path("counts/list", list_pages.start_list, name="counts-list"),
    path("counts/<int:count_id>", count_pages.counting, name="counts-count"),
    path("counts/<int:count_id>/sheet", list_pages.print_sheet, name="counts-sheet"),
    path("counts/<int:count_id>/table", list_pages.take_table, name="counts-table"),
    path("counts/<int:count_id>/lines", count_pages.write_line, name="counts-line"),
    path("counts/<int:count_id>/answer", count_pages.settle, name="counts-settle"),
    path("counts/<int:count_id>/close", count_pages.close, name="counts-close"),
    path("counts/<int:count_id>/review", count_pages.review, name="counts-review"),
    path("counts/<int:count_id>/approval", count_pages.approve, name="counts-approve"),
    path("counts/<int:count_id>/void", count_pages.void, name="counts-void"),
]
api: list[URLPattern | URLResolver] = [
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/batch", orders.OrderBatch.as_view(), name="orders-batch"),
    path("orders/<int:number>", orders.OneOrder.as_view(), name="order"),
    path("orders/<int:number>/confirmation", confirmation.Confirmation.as_view(), name="order-confirmation"),
    path("orders/<int:number>/cancellation", orders.Cancellation.as_view(), name="order-cancellation"),
    path("labels", labels.Labels.as_view(), name="labels"),
    path("orders/<int:number>/label", labels.OrderLabel.as_view(), name="order-label"),
    path("orders/<int:number>/holds", orders.Holds.as_view(), name="order-holds"),
    path("orders/<int:number>/holds/<int:hold_id>", orders.OneHold.as_view(), name="order-hold"),
    path("orders/<int:number>/history", orders.History.as_view(), name="order-history"),
    path("calls", calls.Calls.as_view(), name="calls"),
    path("calls/next", calls.NextCall.as_view(), name="calls-next"),
    path("calls/<int:task_id>/attempts", calls.Attempts.as_view(), name="call-attempts"),
    path("calls/<int:task_id>/skip", calls.Skip.as_view(), name="call-skip"),
    path("calls/<int:task_id>/heartbeat", calls.Heartbeat.as_view(), name="call-heartbeat"),
    path("telephony/events", telephony.PhoneEvents.as_view(), name="phone-events"),
    path("telephony/callers", telephony.PhoneCallers.as_view(), name="phone-callers"),
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
