"""The audit trail: who did what to the desk itself, when, by which door, and what it was before and after."""
