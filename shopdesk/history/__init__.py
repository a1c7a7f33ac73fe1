"""A shop's real history, brought through the desk's own actions at the minutes at which it happened."""
