"""Every word on the screens is said in three languages."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.apps import apps
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext

from shopdesk import words
from shopdesk.base.errors import Refusal

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "shopdesk" / "locale"
LETTERS = re.compile(r"[A-Za-zА-Яа-яЁё]{2,}")
CLASSES = re.compile(r"{% block (?:page|body)_class %}.*?{% endblock %}")
TAGS = re.compile(r"{%\s*(comment|blocktrans(?:late)?)\b.*?{%\s*end\1\s*%}|{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
SPOKEN = {"title", "aria-label", "placeholder", "alt", "content"}
# Names that no language translates, and what the kit shows as an example of itself.
SAME_EVERYWHERE = {"Shopdesk", "English", "Русский", "Български", "Enter", "Esc", "SKU", "CSV", "XLSX", "PDF", "VIP"}
EXAMPLES = {"kit.html"}
BRANDS = {"API", "API v5", "WooCommerce", "Shopify", "CSV", "XLSX", "PDF", "YML", "CommerceML"}


class Unmarked(HTMLParser):
    """Collects text of a template that stands outside gettext."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "img", "meta", "link", "br", "hr"}:
            self.inside.append(tag)
        for name, value in attrs:
            if name in SPOKEN and tag != "meta":
                self.look(value or "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "kbd"} & set(self.inside):
            self.look(data)

    def look(self, text: str) -> None:
        self.found += [word for word in LETTERS.findall(text) if word not in SAME_EVERYWHERE]


def unmarked(template: str) -> list[str]:
    """Give the words of a template that nobody translates."""
    parser = Unmarked()
    parser.feed(TAGS.sub(" ", CLASSES.sub(" ", template)))
    return parser.found


def all_refusals(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    return [kind, *(below for child in kind.__subclasses__() for below in all_refusals(child))]


@pytest.fixture(scope="module")
def found() -> Catalog:
    return words.collect(ROOT)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_marked_is_translated(found, language):
    catalogue = words.read(LOCALE / language / "LC_MESSAGES" / "django.po", language)
    lacking = [(message.context, message.id) for message in words.lacking(found, catalogue)]
    assert lacking == [], "`manage.py words` lists what to translate in shopdesk/locale"


def test_missing_translation_is_noticed(found):
    """Negative control: one more message in the code, and both languages lack it."""
    more = Catalog()
    more.add("Nobody has ever said this.")
    more.add(("%(n)s parcel", "%(n)s parcels"))
    catalogue = words.read(LOCALE / "ru" / "LC_MESSAGES" / "django.po", "ru")
    catalogue.add(("%(n)s parcel", "%(n)s parcels"), ("%(n)s посылка", "%(n)s посылки", ""))
    assert len(words.lacking(more, catalogue)) == 2


def test_translation_that_loses_a_number_is_noticed():
    more, catalogue = Catalog(), Catalog(locale="ru")
    more.add("Order %(number)s is held.")
    catalogue.add("Order %(number)s is held.", "Заказ удержан.")
    assert len(words.lacking(more, catalogue)) == 1


def test_templates_say_nothing_outside_gettext():
    spoken = {}
    for path in words.sources(ROOT):
        if path.suffix != ".html" or path.name in EXAMPLES:
            continue
        if left := unmarked(path.read_text(encoding="utf-8")):
            spoken[str(path.relative_to(ROOT))] = left
    assert spoken == {}


@pytest.mark.parametrize(
    "template", ["<b>Late</b>", '<a title="Late">1</a>', "<p>{% translate 'On' %} Late</p>", "<option>Поздно</option>"]
)
def test_unmarked_word_is_noticed(template):
    """Negative control for the test above."""
    assert unmarked(template)


def test_refusals_are_lazily_translated():
    plain = [
        kind.__name__
        for kind in all_refusals()
        if kind.__module__.split(".")[0] in words.APPS
        and "sentence" in vars(kind)
        and not isinstance(kind.sentence, Promise)
    ]
    assert plain == []


def test_choices_are_lazily_translated():
    plain = [
        f"{model.__name__}.{field.name}: {label}"
        for model in apps.get_models()
        if model.__module__.split(".")[0] in words.APPS
        for field in model._meta.get_fields()
        for _value, label in getattr(field, "choices", None) or []
        if not isinstance(label, Promise) and label not in BRANDS
    ]
    assert plain == []


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("ru", 1, "1 день"),
        ("ru", 2, "2 дня"),
        ("ru", 5, "5 дней"),
        ("ru", 21, "21 день"),
        ("bg", 1, "1 ден"),
        ("bg", 21, "21 дни"),
    ],
)
def test_plural_forms_are_those_of_the_language(language, days, said):
    with translation.override(language):
        assert ngettext("%(days)d day", "%(days)d days", days) % {"days": days} == said


def test_words_of_the_field_are_used():
    with translation.override("bg"):
        assert gettext("cash on delivery") == "наложен платеж"
    with translation.override("ru"):
        assert gettext("no answer") == "не берёт трубку"
