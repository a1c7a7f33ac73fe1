from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError, FieldError, Malformed, Stale


class AlreadyPacked(DomainError):
    sentence = _("Order %(number)s is packed.")
    next_step = _("Unpack it first.")


class Renamed(DomainError):
    code = "named_by_hand"


def test_a_refusal_is_coded_after_its_class_unless_it_says_otherwise():
    assert AlreadyPacked.code == "already_packed"
    assert Renamed.code == "named_by_hand"


def test_a_refusal_fills_its_numbers_into_its_sentence():
    refusal = AlreadyPacked(detail={"number": 1042})

    assert str(refusal) == "Order 1042 is packed."
    assert refusal.detail == {"number": 1042}


def test_a_percent_sign_without_a_name_is_left_alone():
    assert str(DomainError("50 % is too much.", detail={"most": 30})) == "50 % is too much."


def test_a_stale_change_says_what_differs():
    assert Stale({"city": ("Sofia", "Varna")}).differs == {"city": ("Sofia", "Varna")}


def test_no_more_than_fifty_errors_are_told():
    assert len(Malformed([FieldError(f"/{n}", "required", "") for n in range(80)]).errors) == 50
