"""The audit trail on screen: the journal of orders and goods and the trail of the desk itself, as one list."""
