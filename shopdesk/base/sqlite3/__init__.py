"""SQLite as the desk uses it: writers take turns (`queue`)."""
