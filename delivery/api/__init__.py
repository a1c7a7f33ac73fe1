"""JSON doors of delivery: acts, the courier's own side, returns, the counter."""
