"""Paths of delivery: pages for people, and the JSON doors under the same nouns."""

from django.urls import URLPattern, URLResolver

pages: list[URLPattern | URLResolver] = []
api: list[URLPattern | URLResolver] = []
