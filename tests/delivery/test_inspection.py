"""What an inspection finds: a word for each line, and photos that nobody else can guess."""

from pathlib import Path

import pytest
from django.test import Client

from delivery import photos, returns, wayback
from delivery.models import Return, ReturnLine, ReturnPhoto
from shopdesk.base import files
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def back() -> Return:
    """A return of two pieces that the customer sent."""
    make.shop()
    make.product("A", 5)
    make.courier("own")
    made = make.delivered([("A", 2, "100.00")])
    new = returns.NewReturn(Return.Kind.AFTER_DELIVERY, [returns.Comeback("A", 2)], order=made.number)
    return returns.announce([new], by=make.BY, at=make.after(days=1))[0]


def browser() -> Client:
    client = Client()
    client.force_login(make.packer())
    return client


def test_word_for_what_was_found_stays_with_the_line(back: Return) -> None:
    found = [returns.Inspected("A", 1, "bin"), returns.Inspected("A", 1, "scrap", found=ReturnLine.Found.DEFECT)]
    returns.inspect(back.pk, found, by=make.BY, at=make.after(days=2))
    line = ReturnLine.objects.get()
    assert (line.to_bin, line.to_scrap, line.found) == (1, 1, "defect")


@pytest.mark.parametrize(
    ("kind", "found", "payer"),
    [
        ("after_delivery", "", "customer"), ("after_delivery", "unused", "customer"), ("exchange", "worn", "customer"),
        ("no_order", "", "customer"), ("after_delivery", "defect", "shop"), ("exchange", "other_goods", "shop"),
        ("no_order", "incomplete", "shop"), ("refused", "", "shop"), ("uncollected", "unused", "shop"),
        ("after_inspection", "", "shop"), ("refused", "transport", "courier"),
        ("after_delivery", "transport", "courier"),
        ("damaged", "", "courier"),
    ],
)  # fmt: skip
def test_whoever_caused_a_way_back_pays_for_it(kind: str, found: str, payer: str) -> None:
    assert set(Return.Kind) >= {kind}
    lines = [ReturnLine(found="unused"), ReturnLine(found=found)]
    assert wayback.who_pays(Return(kind=kind), lines) == payer


def test_whoever_pays_is_told_before_and_after_the_inspection(back: Return) -> None:
    assert "way back paid by: the customer" in browser().get(f"/returns/{back.pk}").content.decode()
    returns.inspect(back.pk, [returns.Inspected("A", 2, "scrap", found=ReturnLine.Found.DEFECT)],
                    by=make.BY, at=make.after(days=2))  # fmt: skip
    manager = Client()
    manager.force_login(make.manager())
    assert "way back paid by: the shop" in manager.get(f"/returns/{back.pk}").content.decode()
    told = make.client(make.manager()).get("returns").json()["results"]
    assert [one["way_back_paid_by"] for one in told] == ["shop"]


def test_page_takes_the_word_and_refuses_one_that_is_none(back: Return) -> None:
    line, page = ReturnLine.objects.get(), browser()
    said = {f"bin-{line.pk}": "1", f"quarantine-{line.pk}": "1", f"code-{line.pk}": "MAIN"}
    assert page.post(f"/returns/{back.pk}", said | {f"found-{line.pk}": "eaten"}, headers=HTMX).status_code == 400
    assert page.post(f"/returns/{back.pk}", said | {f"found-{line.pk}": "opened"}, headers=HTMX).status_code == 200
    line.refresh_from_db()
    assert (line.to_quarantine, line.found) == (1, "opened")


def test_photo_is_kept_once_and_given_back(back: Return) -> None:
    first = photos.keep(back.pk, make.photo(), by=make.BY, at=make.AT)
    assert photos.keep(back.pk, make.photo(), by=make.BY, at=make.AT) == first
    page = browser()
    answer = page.get(f"/returns/{back.pk}/photos/{first.pk}")
    assert b"".join(answer) == photos.read(first)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert page.get(f"/returns/{back.pk}/photos/{first.pk + 1}").status_code == 404
    assert f"/returns/{back.pk}/photos/{first.pk}" in page.get(f"/returns/{back.pk}").content.decode()


def test_photo_of_another_return_looks_missing(back: Return) -> None:
    photo = photos.keep(back.pk, make.photo(), by=make.BY, at=make.AT)
    assert browser().get(f"/returns/{back.pk + 1}/photos/{photo.pk}").status_code == 404


@pytest.mark.parametrize(("content", "refusal"), [(PDF, photos.NotAPhoto), (b"MZ\x90\0", files.NotAFile)])
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    back: Return, content: bytes, refusal: type, settings: object
) -> None:
    with pytest.raises(refusal):
        photos.keep(back.pk, content, by=make.BY, at=make.AT)
    assert not ReturnPhoto.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "returns").exists()


def test_more_photos_than_anybody_needs_are_refused(back: Return, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_PHOTOS", 1)
    photos.keep(back.pk, make.photo(), by=make.BY, at=make.AT)
    with pytest.raises(photos.TooManyPhotos):
        photos.keep(back.pk, make.photo("red"), by=make.BY, at=make.AT)


def test_photo_of_no_return_is_refused() -> None:
    with pytest.raises(Missing):
        photos.keep(404, make.photo(), by=make.BY, at=make.AT)
