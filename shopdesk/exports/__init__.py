"""Exports: rows as they are on the screen, made in the background into a private file that lives a day."""
