"""Roles: what each may do, and how far the owner lets managers go."""
