"""Paths of delivery: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from delivery.api import acts, courier, remittances, returns, reveal
from delivery.web import acts as act_pages
from delivery.web import counter as counter_pages
from delivery.web import courier as courier_pages
from delivery.web import custody as custody_pages
from delivery.web import doorstep as doorstep_pages
from delivery.web import failures as failure_pages
from delivery.web import fines as fine_pages
from delivery.web import hooks
from delivery.web import photos as photo_pages
from delivery.web import proofs as proof_pages
from delivery.web import questions as question_pages
from delivery.web import registers as register_pages
from delivery.web import returns as return_pages
from delivery.web import settling as settling_pages
from delivery.web import shifts as shift_pages
from delivery.web import talk as talk_pages
from delivery.web import tracking as tracking_pages

pages: list[URLPattern | URLResolver] = [
    path("acts", act_pages.list_acts, name="acts"),
    path("acts/new", act_pages.open_act, name="acts-new"),
    path("acts/counter", counter_pages.counter, name="acts-counter"),
    path("acts/counter/<int:number>", counter_pages.give_out, name="acts-given"),
    path("acts/back", counter_pages.back, name="acts-back"),
    path("acts/shift", shift_pages.shift, name="acts-shift"),
    path("acts/shift/end", shift_pages.end, name="acts-shift-end"),
    path("acts/fines", fine_pages.impose, name="acts-fine"),
    path("acts/fines/<int:fine_id>/end", fine_pages.end, name="acts-fine-end"),
    path("settings/fines", fine_pages.Reasons.as_view(), name="settings-fines"),
    path("settings/fines/<slug:code>", fine_pages.change_reason, name="settings-fines-reason"),
    path("acts/drivers", shift_pages.drivers, name="acts-drivers"),
    path("acts/<int:number>", act_pages.see_act, name="acts-card"),
    path("acts/<int:number>.pdf", settling_pages.print_act, name="acts-paper"),
    path("acts/<int:number>/parcels", act_pages.put_on, name="acts-parcels"),
    path("acts/<int:number>/off", act_pages.take_off, name="acts-off"),
    path("acts/<int:number>/closing", act_pages.close, name="acts-closing"),
    path("acts/<int:number>/acceptance", settling_pages.settle, name="acts-acceptance"),
    path("acts/<int:number>/void", settling_pages.void, name="acts-void"),
    path("acts/<int:number>/proofs", proof_pages.keep, name="acts-proofs"),
    path("acts/<int:number>/proofs/<int:proof_id>", proof_pages.read, name="acts-proof"),
    path("acts/<int:number>/copies", settling_pages.keep_copy, name="acts-copies"),
    path("acts/<int:number>/copies/<int:copy_id>", settling_pages.read_copy, name="acts-copy"),
    path("courier", courier_pages.my_round, name="courier"),
    path("courier/worker.js", courier_pages.worker, name="courier-worker"),
    path("courier/acts/<int:number>", courier_pages.my_act, name="courier-act"),
    path("courier/acts/<int:number>/acceptance", courier_pages.accept, name="courier-acceptance"),
    path("courier/stops/<int:number>/phone", courier_pages.reveal, name="courier-phone"),
    path("courier/stops/<int:number>/delivery", doorstep_pages.deliver, name="courier-delivery"),
    path("courier/stops/<int:number>/part", doorstep_pages.deliver_part, name="courier-part"),
    path("courier/stops/<int:number>/refusal", doorstep_pages.refuse, name="courier-refusal"),
    path("courier/stops/<int:number>/failure", doorstep_pages.fail, name="courier-failure"),
    path("hooks/couriers/<str:code>", hooks.hear, name="hook-courier"),
    path("hooks/couriers/<str:code>/<str:key>", hooks.hear, name="hook-courier-key"),
    path("tracking", tracking_pages.list_shipments, name="tracking"),
    path("orders/<int:number>/shipment", tracking_pages.see_shipment, name="delivery-shipment"),
    path("orders/<int:number>/news", tracking_pages.take_news, name="tracking-news"),
    path("orders/<int:number>/failure", failure_pages.Failure.as_view(), name="tracking-failure"),
    path("orders/<int:number>/waybill", failure_pages.set_waybill, name="tracking-waybill"),
    path("tracking/waybills", failure_pages.list_waybills, name="tracking-waybills"),
    path("settings/couriers/<slug:code>/talk", talk_pages.Talk.as_view(), name="settings-courier-talk"),
    path("settings/couriers/<slug:code>/secret", talk_pages.renew_secret, name="settings-courier-secret"),
    path("settings/couriers/<slug:code>/codes", talk_pages.explain, name="settings-courier-code"),
    path("settings/couriers/<slug:code>/lists", talk_pages.take_list, name="settings-courier-list"),
    path("settings/couriers/messages/<int:message_id>", talk_pages.read_again, name="settings-courier-message"),
    path("tracking/registers", register_pages.list_registers, name="tracking-registers"),
    path("tracking/registers/new", register_pages.take_in, name="tracking-register-new"),
    path("tracking/registers/<int:register_id>", register_pages.see_register, name="tracking-register"),
    path("tracking/registers/lines/<int:line_id>", register_pages.settle, name="tracking-register-line"),
    path("tracking/registers/lines", question_pages.list_open, name="tracking-questions"),
    path("tracking/registers/lines/<int:line_id>/owner", question_pages.take_over, name="tracking-register-owner"),
    path("tracking/claims/<slug:courier>/<slug:currency>.pdf", question_pages.print_claim, name="tracking-claim"),
    path("tracking/custody", custody_pages.show_holders, name="tracking-custody"),
    path("tracking/hand-ins", register_pages.hand_in, name="tracking-hand-in"),
    path("returns", return_pages.list_returns, name="returns"),
    path("returns/new", return_pages.announce, name="returns-new"),
    path("returns/scan", return_pages.receive_parcel, name="returns-scan"),
    path("returns/<int:return_id>", return_pages.inspect, name="returns-card"),
    path("returns/<int:return_id>.pdf", return_pages.print_return, name="returns-paper"),
    path("returns/<int:return_id>/receipt", return_pages.receive, name="returns-receive"),
    path("returns/<int:return_id>/photos", photo_pages.keep, name="returns-photos"),
    path("returns/<int:return_id>/photos/<int:photo_id>", photo_pages.read, name="returns-photo"),
]
api: list[URLPattern | URLResolver] = [
    path("acts", acts.Acts.as_view(), name="acts"),
    path("acts/<int:number>", acts.OneAct.as_view(), name="act"),
    path("acts/<int:number>.pdf", acts.ActPaper.as_view(), name="act-paper"),
    path("acts/<int:number>/parcels", acts.ActParcels.as_view(), name="act-parcels"),
    path("acts/<int:number>/closing", acts.ActClosing.as_view(), name="act-closing"),
    path("acts/<int:number>/acceptance", acts.PaperAcceptance.as_view(), name="act-acceptance"),
    path("parcels/back", acts.BroughtBack.as_view(), name="parcels-back"),
    path("orders/<int:number>/counter", acts.Counter.as_view(), name="order-counter"),
    path("courier/acts", courier.CourierActs.as_view(), name="courier-acts"),
    path("courier/acts/<int:number>/acceptance", courier.CourierAcceptance.as_view(), name="courier-act-acceptance"),
    path("courier/events", courier.CourierEvents.as_view(), name="courier-events"),
    path("courier/orders/<int:number>/phone", reveal.CourierPhone.as_view(), name="courier-phone"),
    path("courier/parcels", courier.CourierParcels.as_view(), name="courier-parcels"),
    path("remittances", remittances.Remittances.as_view(), name="remittances"),
    path(
        "remittances/lines/<int:line_id>/settlement",
        remittances.RegisterLineSettlement.as_view(),
        name="remittance-line",
    ),
    path("returns", returns.Returns.as_view(), name="returns"),
    path("returns/receipt", returns.Receipt.as_view(), name="returns-receipt"),
    path("returns/<int:return_id>/inspection", returns.ReturnInspection.as_view(), name="return-inspection"),
    path("returns/<str:parcel>/inspection", returns.ParcelInspection.as_view(), name="parcel-inspection"),
]
