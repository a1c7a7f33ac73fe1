"""The demo shop: some weeks of made-up trade, each deed done by the desk's own actions on its own day."""
