"""The owner's pages of channels: connect a shop, its secret and keys, how it is doing."""
