"""Pages of delivery: doors for people."""
