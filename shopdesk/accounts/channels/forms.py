"""Forms of a channel: a new one, how it is understood and told, where it is and what opens it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.channels import dialect
from orders.inbox.connecting import Keys, NewChannel, Terms
from orders.models import Channel, Connection, ShopOrder
from shopdesk.base.formfields import IdentifierField, TextField

MEANS = "means_"
SHOPS = (Channel.Kind.WOOCOMMERCE, Channel.Kind.SHOPIFY, Channel.Kind.API, Channel.Kind.FILE)


class NewChannelForm(forms.Form):
    """A shop to be connected."""

    name = TextField(label=_("Name"), max_length=150)
    code = IdentifierField(
        label=_("Code"), max_length=32,
        help_text=_("Short, in Latin letters: it stands in the address the shop sends to."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("What kind of shop"), choices=[(kind.value, kind.label) for kind in SHOPS])
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    country = forms.RegexField(label=_("Country of its customers"), regex=r"^[A-Za-z]{2}$", max_length=2)
    zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        help_text=_("Such as Europe/Sofia. Left empty: the shop's."),
    )
    contact = forms.ChoiceField(
        label=_("A phone and an address are"), choices=Channel.Contact.choices,
        help_text=_("Optional for a marketplace that agrees with the customer itself: then nobody rings."),
    )  # fmt: skip

    @property
    def new(self) -> NewChannel:
        """Give what was typed."""
        said = self.cleaned_data
        return NewChannel(
            said["code"], said["name"], said["kind"], said["currency"].upper(), said["country"].upper(), said["zone"],
            said["contact"],
        )  # fmt: skip


class TermsForm(forms.Form):
    """How a channel's words are understood, and what its shop is told."""

    name = TextField(label=_("Name"), max_length=150)
    zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    contact = forms.ChoiceField(label=_("A phone and an address are"), choices=Channel.Contact.choices)
    polls = forms.BooleanField(label=_("Fetch what its messages may have lost, every ten minutes"), required=False)
    tells_back = forms.BooleanField(
        label=_("Tell it what became of its orders: delivered, cancelled, tracking numbers"), required=False
    )
    tells_stock = forms.BooleanField(label=_("Tell it how many pieces there are"), required=False)
    buffer = forms.IntegerField(
        label=_("Pieces it is never told of"), min_value=0, max_value=100_000,
        help_text=_("Kept back, so that two shops do not sell the last piece."),
    )  # fmt: skip

    def __init__(self, own: Connection, typed: Any = None) -> None:
        channel = own.channel
        now = {
            "name": channel.name, "zone": channel.zone, "contact": channel.contact, "polls": own.polls,
            "tells_back": own.tells_back, "tells_stock": own.tells_stock, "buffer": own.buffer,
        }  # fmt: skip
        super().__init__(typed, initial=now)
        known = dict(dialect(channel).MEANINGS)
        for state in dict.fromkeys([*known, *own.meanings]):
            usual = ShopOrder.Meaning(known[state]).label if state in known else _("an order")
            choices = [("", _("as usual: %(what)s") % {"what": usual}), *ShopOrder.Meaning.choices]
            self.fields[f"{MEANS}{state}"] = forms.ChoiceField(
                label=state, choices=choices, required=False, initial=own.meanings.get(state, "")
            )
        self.fields["another"] = IdentifierField(label=_("Another status of this shop"), max_length=60, required=False)
        self.fields["another_means"] = forms.ChoiceField(
            label=_("It means"), choices=[("", "–"), *ShopOrder.Meaning.choices], required=False
        )

    @property
    def meanings(self) -> dict[str, str]:
        """What was chosen for each of the shop's words."""
        said = self.cleaned_data
        chosen = {name.removeprefix(MEANS): value for name, value in said.items() if name.startswith(MEANS) and value}
        if said.get("another") and said.get("another_means"):
            chosen[said["another"]] = said["another_means"]
        return chosen

    @property
    def terms(self) -> Terms:
        """Give what was typed."""
        said = self.cleaned_data
        return Terms(
            said["name"], said["zone"], said["contact"], self.meanings, said["buffer"], said["polls"],
            said["tells_back"], said["tells_stock"],
        )  # fmt: skip


KEYS = {  # what each kind of shop calls the key that opens it
    "woocommerce": (_("Consumer key"), _("Left empty: as it was.")),
    "shopify": (_("Access token"), _("Left empty: as it was.")),
}


class AccessForm(forms.Form):
    """Where the shop is and what opens it. Keys are never shown again."""

    address = forms.CharField(
        label=_("Address of the shop"), max_length=300, required=False, help_text=_("Such as https://shop.example")
    )
    key = forms.CharField(
        label=_("Key"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("WooCommerce: the consumer key. Shopify: the access token. Left empty: as it was."),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Consumer secret"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    stock_place = IdentifierField(
        label=_("Number of the location whose stock is set"), max_length=64, required=False,
        help_text=_("It stands in the address of its page in Shopify."),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, **options: Any) -> None:
        super().__init__(*args, **options)
        key: Any = self.fields["key"]
        key.label, key.help_text = KEYS.get(kind, (key.label, key.help_text))

    @property
    def keys(self) -> Keys:
        """Give what was typed."""
        said = self.cleaned_data
        return Keys(said["address"].strip(), said["key"].strip(), said["secret"].strip(), said["stock_place"])


class SecretForm(forms.Form):
    """The secret that a shop made itself; without it the desk makes one."""

    given = forms.CharField(
        label=_("The shop's own secret"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Shopify shows its secret below its webhooks. Left empty: the desk makes one."),
    )  # fmt: skip
