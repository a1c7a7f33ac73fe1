"""Speaking to the door in tests, as the modules do."""

import json
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from orders.models import Channel, Courier
from shopdesk.people.models import User
from tests import make

ITEM = {"offer": {"externalId": "A"}, "initialPrice": 129, "quantity": 1}


class Module:
    """A storefront's module with its key: entities are JSON in one field of a form."""

    def __init__(self, who: User | Channel | Courier | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"X-API-KEY": make.token(who)} if who else {}

    def get(self, path: str, query: str = "") -> Any:
        """Ask; the path is below /api/v5/."""
        return self.client.get(f"/api/v5/{path}?{query}", headers=self.headers)

    def post(self, path: str, **fields: Any) -> Any:
        """Send a form."""
        named = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        return self.raw(path, urlencode(named).encode())

    def raw(self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Any:
        """Send these very bytes."""
        return self.client.generic("POST", f"/api/v5/{path}", body, kind, headers=self.headers)

    def upload(self, first: int, last: int, **more: Any) -> Any:
        """Send orders S-<first> to S-<last>, one line each, fifty in a form."""
        rows = [
            {"externalId": f"S-{number}", "phone": f"+791612300{number:02}", "items": [ITEM]} | more
            for number in range(first, last + 1)
        ]
        return self.post("orders/upload", orders=rows)

    def order(self, own: str = "S-1", **more: Any) -> Any:
        """Send an order of one line."""
        return self.post("orders/create", order={"externalId": own, "phone": make.PHONE, "items": [ITEM]} | more)
