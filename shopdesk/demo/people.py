"""Who works in the demo shop. Their password is known to all: nothing here is real, and the sign-in page says it."""

from typing import Final

from django.contrib.auth.hashers import make_password

from orders.models import Shop
from shopdesk.people.models import Role, User

OWN, SERVICE = "own", "parcels"
PASSWORD: Final = "demo shop 2026"  # noqa: S105  # said on the sign-in page while the shop is a demo
DOMAIN: Final = "@demo.example"
NAMES: Final = {
    "owner": ("Вера Ларина", "Вера Ларина", "Vera Larina"),
    "manager": ("Нина Котова", "Нина Котова", "Nina Kotova"),
    "manager2": ("Олег Жаров", "Олег Жаров", "Oleg Zharov"),
    "packer": ("Семён Дубов", "Симеон Дъбов", "Simon Dubov"),
    "courier": ("Глеб Рощин", "Глеб Рошчин", "Gleb Roshchin"),
}
LANGUAGES: Final = ("ru", "bg", "en")


def hire(shop: Shop) -> dict[str, int]:
    """Add the people who are not there yet. Gives their keys by the first part of their e-mail."""
    known = dict(User.objects.filter(email__in=emails()).values_list("email", "pk"))
    new = [
        _add(place, name[LANGUAGES.index(shop.language)])
        for place, name in NAMES.items()
        if place + DOMAIN not in known
    ]
    # One password, hashed once: the hash is slow by design.
    User.objects.filter(pk__in=[user.pk for user in new]).update(password=make_password(PASSWORD))
    known |= {user.email: user.pk for user in new}
    return {place: known[place + DOMAIN] for place in NAMES}


def strangers() -> int:
    """Count the people who are not the demo's."""
    return User.objects.exclude(email__endswith=DOMAIN).count()


def emails() -> list[str]:
    """Give the e-mails to sign in with."""
    return [place + DOMAIN for place in NAMES]


def _add(place: str, name: str) -> User:
    role = Role(place.removesuffix("2"))
    code = OWN if role == Role.COURIER else ""
    return User.objects.create_user(place + DOMAIN, name=name, role=role, courier_code=code)
