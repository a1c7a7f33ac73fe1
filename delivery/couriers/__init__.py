"""Couriers' own languages: one adapter for each, all with one small protocol (`delivery.couriers.base`)."""
