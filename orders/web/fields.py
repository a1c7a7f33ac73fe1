"""Fields of orders' forms: those of every desk."""

from shopdesk.base.formfields import AmountField, IdentifierField, TextField

__all__ = ["AmountField", "IdentifierField", "TextField"]
