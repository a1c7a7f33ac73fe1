"""Webhooks out: what happens at the desk is told to the endpoints that asked for it (Standard Webhooks)."""
