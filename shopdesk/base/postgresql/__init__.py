"""PostgreSQL as the desk uses it."""
