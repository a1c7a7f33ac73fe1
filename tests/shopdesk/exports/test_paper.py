"""The order list as a PDF: the filter's rows and nothing else, words that are no markup, and a bound that is said."""

import time

import pypdfium2
import pytest
from django.urls import reverse

from shopdesk.exports import files, making, printed, work
from shopdesk.exports.models import Export
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PDF = Export.Format.PDF


@pytest.fixture
def owner():
    make.shop()
    return make.owner()


def drawn(who, language: str = "en", **query: str) -> list[str]:
    """Ask for the list on paper, let the worker draw it, and read its pages."""
    export = making.ask(making.Wish(query, PDF, language), subject=who.subject, at=make.AT)
    while work.make_next(at=make.AT):
        pass
    document = pypdfium2.PdfDocument(files.table(export))
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def test_paper_has_the_rows_of_the_filter_and_says_which(owner):
    order = make.order(name="#set page() $x$ *Анна*", phone="8 916 765-43-21")
    other = make.confirmed(phone="+79161230002")

    (page,) = drawn(owner, status="new")

    assert f"{order.number} 2026-11-23 12:00 new #set page() $x$ *Анна* +79167654321" in page
    assert "129.00 RUB 0.00 RUB" in page
    assert "Filter new As of 23 Nov 2026, 12:00 Orders 1" in page.replace("\u00a0", " ")
    assert str(other.number) not in page.split()


def test_paper_speaks_the_language_of_whoever_asked_and_hides_what_they_may_not_see(owner, monkeypatch):
    make.order(phone="+79167654321")
    monkeypatch.setattr("shopdesk.base.masks.show", lambda subject, name, value: "•••")

    (page,) = drawn(owner, "ru", q="765")

    assert "Покупатель" in page
    assert "поиск" in page
    assert "765" not in page


def test_more_than_paper_holds_is_refused_with_what_to_choose_instead(owner, client, monkeypatch):
    monkeypatch.setattr(printed, "MOST_ROWS", 1)
    for n in range(2):
        make.order(phone=f"+7916123450{n}")

    with pytest.raises(making.TooManyForPaper) as refused:
        making.ask(making.Wish({}, PDF), subject=owner.subject, at=make.AT)
    making.ask(making.Wish({}, Export.Format.XLSX), subject=owner.subject, at=make.AT)

    assert "XLSX" in str(refused.value.next_step)
    client.force_login(owner)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(owner.pk)
    session.save()
    page = client.get(reverse("exports-new")).content.decode()
    assert 'value="pdf"' not in page
    assert "A PDF holds at most 1 orders" in page
