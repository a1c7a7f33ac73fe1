"""JSON doors of the reports."""
