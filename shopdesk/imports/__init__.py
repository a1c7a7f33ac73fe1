"""Imports: files of orders and products, tried row by row, then taken in, in the background."""
