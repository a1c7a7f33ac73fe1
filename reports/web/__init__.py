"""Doors of the reports: what owner and manager see of a period, and of today."""
