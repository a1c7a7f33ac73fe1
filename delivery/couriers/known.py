"""The adapters that the desk comes with."""

from delivery.couriers.base import Adapter
from delivery.couriers.cdek import ADDRESS as CDEK_ADDRESS
from delivery.couriers.cdek import Cdek
from delivery.couriers.easypost import EasyPost
from delivery.couriers.http import Http
from delivery.couriers.own import Own
from delivery.models import CourierAccount

Kind = CourierAccount.Adapter
ADAPTERS: dict[str, Adapter] = {Kind.OWN: Own(), Kind.HTTP: Http(), Kind.CDEK: Cdek(), Kind.EASYPOST: EasyPost()}
ADDRESSES = {Kind.CDEK.value: CDEK_ADDRESS}


def adapter_of(account: CourierAccount) -> Adapter:
    """Give the adapter that speaks this account's language."""
    return ADAPTERS[account.adapter]
