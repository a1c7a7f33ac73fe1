"""Keys on screen: the owner's for channels and couriers, everybody's own for their scripts."""
