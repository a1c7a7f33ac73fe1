"""What else has an address of its own: registers, labels, devices, rules, links, and what privacy leaves behind."""

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.utils import timezone

from delivery import remittance
from delivery.registers import Said
from orders import changes, labels, printing, scripts
from orders.calls import plangroups, plans, skipping
from orders.models import AnswerLink, JournalEvent, Message, NoCallDecision, Order, OrderLine, PrintRun
from orders.status import CancelReason, Status
from reports import letters, reopening, sending
from reports.models import Closing, Reopening, ReportLetter
from shopdesk.accounts import addresses, staff
from shopdesk.people import station
from shopdesk.people.models import Session, User
from shopdesk.privacy import erasure, retention
from shopdesk.privacy.models import Erasure
from tests import make

if TYPE_CHECKING:
    from tests.walker.world import World

STAFF = frozenset({"owner", "manager", "costless"})
EVERYBODY = (
    "owner", "manager", "narrow", "costless", "packer", "rider", "courier", "storefront", "anonymous",
)  # fmt: skip


def furnish(world: "World", orders: dict[str, Order]) -> None:
    """Add what the day so far did not leave."""
    owner = User.objects.get(role="owner")
    packer = User.objects.get(pk=next(thing.key for thing in world.things if thing.kind == "person"))
    by = owner.subject.actor
    _lines(world)
    _money(world, orders)
    _printed(world, orders)
    _sent(world, orders)
    _calls(world, orders)
    label = labels.make(labels.NewLabel(Status.NEW, "look twice", "walked"), by=by, at=make.AT)
    world.add("label", label.pk, {"owner"})
    device, _secret = station.enrol("table 2", "packing", by=by, at=make.AT)
    world.add("device", device.pk, {"owner", "manager", "narrow", "costless"})
    day = make.AT.date()
    away = staff.set_absence(packer.pk, day, day + timedelta(days=2), None, by=by, at=make.AT)
    world.add("absence", away.pk, {"owner"})
    person, secret = staff.invite("new@shop.example", "New", staff.Terms("packer"), by=by, at=make.after(hours=22))
    world.add("invitation", secret, EVERYBODY)
    asked = addresses.ask(packer.pk, "other@shop.example", at=make.after(hours=22))
    world.add("wish", asked.secret, EVERYBODY)
    wish = reopening.ask(Closing.objects.get().pk, "forgotten", by=by, at=make.after(hours=23))
    Reopening.objects.filter(pk=wish.pk).update(asked_by=person)  # the other owner, who asked
    world.add("reopening", wish.pk, {"owner"})
    for name in ("owner", "manager", "narrow", "costless", "packer", "rider"):
        session = Session.objects.get(person=world.clients[name].session["_auth_user_id"])
        world.add("session", session.pk, {name, "owner"})
    _mailed(world)
    _privacy(world, orders)


def _lines(world: "World") -> None:
    """What comes back is said of a line of the order."""
    for thing in [one for one in world.things if one.kind == "order"]:
        for line in OrderLine.objects.filter(order=thing.key, kind="goods"):
            world.add("order line", line.pk, thing.seen_by, of=thing)


def _mailed(world: "World") -> None:
    """A report by mail for each who may have one; none of the letters went out."""
    for label in ("owner", "manager", "costless"):
        person = User.objects.get(pk=world.clients[label].session[SESSION_KEY])
        wish = sending.NewSubscription(person.pk, "day", 8, "Europe/Moscow", "en")
        made = sending.subscribe(wish, by=person.subject.actor, at=make.AT)
        world.add("subscription", made.pk, {label, "owner"})
        letter = sending.try_out(made.pk, at=make.AT)
        written, _position = letters.write(letter, at=make.AT)
        kept = letters.keep(letter.code, written, attempt=1)
        ReportLetter.objects.filter(pk=letter.pk).update(hash=kept, state=ReportLetter.State.FAILED)
        world.add("letter", letter.code, {label, "owner"})


def _printed(world: "World", orders: dict[str, Order]) -> None:
    """Let everybody at the table print the label of a sealed parcel: the file is for whoever asked."""
    for person in User.objects.filter(role__in=["owner", "manager", "packer"]).order_by("pk"):
        mine = [label for label, one in world.clients.items() if one.session.get(SESSION_KEY) == str(person.pk)]
        if "narrow" in mine:
            continue  # printing it would make the order one that they had to do with
        wish = printing.Wish([orders["packed"].pk], PrintRun.What.LABEL)
        run = printing.ask(wish, by=person.subject.actor, at=timezone.now())
        while printing.draw_next(at=timezone.now()):
            pass
        world.add("print", run.code, mine)


def _money(world: "World", orders: dict[str, Order]) -> None:
    said = [Said(1, f"P-{orders['delivered'].pk}-1", 100, 0), Said(2, "P-404-1", 5_000, 0)]
    register = remittance.take_in(
        remittance.NewRegister("own", "R-1", "RUB", said), by=make.BY, at=make.after(hours=20)
    )[0]
    told = world.add("register", register.pk, STAFF | {"narrow"})
    for line in register.lines.all():
        world.add("register line", line.pk, STAFF | {"narrow"}, of=told)


def _sent(world: "World", orders: dict[str, Order]) -> None:
    """A message that failed, for an order of each kind of asker, and a link that it carried."""
    for name in ("confirmed", "narrow"):
        order = orders[name]
        message = Message.objects.create(
            order=order, kind="confirmed", slot="1", due_at=make.AT, occasion_at=make.AT, state="failed",
            event=JournalEvent.objects.filter(order=order).first(),
        )  # fmt: skip
        thing = next(one for one in world.things if one.kind == "order" and one.key == order.pk)
        world.add("message", message.pk, (STAFF | {"narrow"}) & thing.seen_by)
    AnswerLink.objects.create(
        digest=sha256(b"a-link-that-opens").hexdigest(), order=message.order, message=message, made_at=make.AT,
        expires_at=make.after(days=3),
    )  # fmt: skip
    world.add("secret", "a-link-that-opens", EVERYBODY)


def _calls(world: "World", orders: dict[str, Order]) -> None:
    plan = plans.change_plan(plans.NewPlan("confirm", "no_answer", ["+2h"], 3, "hold"), by=make.BY, at=make.AT)
    world.add("plan", plan.pk, {"owner"})
    group = plangroups.keep_group(None, name="Far away", channels=[], by=make.BY, at=make.AT)
    world.add("plan group", group.pk, {"owner"})
    besides = scripts.add_line(scripts.NewLine("vip", "Thank them"), by=make.BY, at=make.AT)
    world.add("script line", besides.pk, {"owner"})
    rule = skipping.set_rule(None, what="prepaid", figures={"sample_percent": 100}, by=make.BY, at=make.AT)
    world.add("rule", rule.pk, {"owner"})
    decided = NoCallDecision.objects.create(
        rule=rule, order=orders["confirmed"], sampled=True, at=make.AT,
        event=JournalEvent.objects.filter(order=orders["confirmed"]).first(),
    )  # fmt: skip
    world.add("decision", decided.pk, {"owner"})


def _privacy(world: "World", orders: dict[str, Order]) -> None:
    """Somebody who may be erased, somebody who was, a wish that waits for a second owner, an act of retention."""
    at = make.after(hours=22)
    gone = make.order(phone="+79165559999", external_id="X-gone", channel=make.channel("rival"))
    changes.cancel(gone.pk, CancelReason.PRICE, by=make.BY, at=at)
    erased = erasure.erase(f"c{gone.customer_id}", ground=Erasure.Ground.REQUEST, by=make.BY, at=at)
    world.add("erased", erased.pk, {"owner"})
    customer = orders["cancelled"].customer_id
    world.add("subject", f"c{customer}", {"owner"})
    asked = erasure.ask([customer], ground=Erasure.Ground.REQUEST, by=make.BY, at=at)
    world.add("erasure", asked.pk, {"owner"})
    with transaction.atomic():
        world.add("run", retention._write_act({}, 0, at).pk, {"owner"})
