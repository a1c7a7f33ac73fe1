"""Paths of the desk itself: home, the bar, a person's choices, the kit."""

from django.urls import URLPattern, URLResolver, path

from shopdesk.accounts import web

pages: list[URLPattern | URLResolver] = [
    path("", web.home, name="home"),
    path("bar", web.bar, name="bar"),
    path("my/choices", web.Choices.as_view(), name="choose"),
    path("my/account", web.my_account, name="my-account"),
    path("kit", web.kit, name="kit"),
]
