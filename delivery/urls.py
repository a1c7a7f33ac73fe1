"""Paths of delivery: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver, path

from delivery.api import acts, courier, returns

pages: list[URLPattern | URLResolver] = []
api: list[URLPattern | URLResolver] = [
    path("acts", acts.Acts.as_view(), name="acts"),
    path("acts/<int:number>", acts.OneAct.as_view(), name="act"),
    path("acts/<int:number>/parcels", acts.ActParcels.as_view(), name="act-parcels"),
    path("acts/<int:number>/closing", acts.ActClosing.as_view(), name="act-closing"),
    path("acts/<int:number>/acceptance", acts.PaperAcceptance.as_view(), name="act-acceptance"),
    path("parcels/back", acts.BroughtBack.as_view(), name="parcels-back"),
    path("orders/<int:number>/counter", acts.Counter.as_view(), name="order-counter"),
    path("courier/acts", courier.CourierActs.as_view(), name="courier-acts"),
    path("courier/acts/<int:number>/acceptance", courier.CourierAcceptance.as_view(), name="courier-act-acceptance"),
    path("courier/events", courier.CourierEvents.as_view(), name="courier-events"),
    path("courier/parcels", courier.CourierParcels.as_view(), name="courier-parcels"),
    path("returns", returns.Returns.as_view(), name="returns"),
    path("returns/receipt", returns.Receipt.as_view(), name="returns-receipt"),
    path("returns/<int:return_id>/inspection", returns.ReturnInspection.as_view(), name="return-inspection"),
    path("returns/<str:parcel>/inspection", returns.ParcelInspection.as_view(), name="parcel-inspection"),
]
