"""Pages of orders for people. Doors only: a subject and a form in, one call of a desk, a page or a fragment out."""
