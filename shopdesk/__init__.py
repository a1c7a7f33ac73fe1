"""The composition root of the order desk, and its small common ground."""
