"""Personal data of customers: what stands where, how long, and how it is given out and erased on demand."""
