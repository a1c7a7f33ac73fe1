"""The bench: a shop of any size, made by seed, and what each path of the desk costs in it (`manage.py bench`)."""
