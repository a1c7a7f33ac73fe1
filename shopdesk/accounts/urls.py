"""Paths of the desk itself: home and choices, sign-in, one's own account, people, devices."""

from allauth.account import views as signing
from django.urls import URLPattern, URLResolver, include, path, re_path

from shopdesk.accounts.web import entrance, home, own, ownmail, people

# Of allauth's pages those that the desk has. Its pages of addresses keep a second table of them: ours is `my-email`.
sign_in: list[URLPattern | URLResolver] = [
    path("login/", signing.login, name="account_login"),
    path("logout/", signing.logout, name="account_logout"),
    path("inactive/", signing.account_inactive, name="account_inactive"),
    path("reauthenticate/", signing.reauthenticate, name="account_reauthenticate"),
    path("password/change/", signing.password_change, name="account_change_password"),
    path("password/reset/", signing.password_reset, name="account_reset_password"),
    path("password/reset/done/", signing.password_reset_done, name="account_reset_password_done"),
    path("password/reset/key/done/", signing.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        signing.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]

pages: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("bar", home.bar, name="bar"),
    path("my/choices", home.Choices.as_view(), name="choose"),
    path("kit", home.kit, name="kit"),
    path("my/account", own.my_account, name="my-account"),
    path("my/second-step", own.second_step, name="second-step"),
    path("my/second-step/codes", own.make_codes, name="second-step-codes"),
    path("my/sessions", own.my_sessions, name="my-sessions"),
    path("my/sessions/others", own.end_others, name="my-sessions-others"),
    path("my/sessions/<str:key>", own.end_session, name="my-sessions-end"),
    path("my/email", ownmail.my_email, name="my-email"),
    path("my/pin", own.my_pin, name="my-pin"),
    path("people", people.list_people, name="people"),
    path("people/new", people.invite, name="people-new"),
    path("people/<int:person_id>", people.show_person, name="people-person"),
    path("people/<int:person_id>/terms", people.change, name="people-terms"),
    path("people/<int:person_id>/end", people.end, name="people-end"),
    path("people/<int:person_id>/back", people.take_back, name="people-back"),
    path("people/<int:person_id>/link", people.invite_again, name="people-link"),
    path("people/<int:person_id>/second-step", people.take_off_second_step, name="people-second-step"),
    path("people/<int:person_id>/pin", people.give_pin, name="people-pin"),
    path("people/<int:person_id>/sessions", people.end_sessions, name="people-sessions"),
    path("people/<int:person_id>/absences", people.set_absence, name="people-absences"),
    path("people/absences/<int:absence_id>", people.drop_absence, name="people-absence"),
    path("devices", entrance.devices, name="devices"),
    path("devices/<int:device_id>", entrance.revoke, name="devices-revoke"),
    path("station", entrance.choose_packer, name="station"),
    path("station/<int:person_id>", entrance.enter_pin, name="station-pin"),
    path("signed-out", entrance.signed_out, name="signed-out"),
    path("invited/<str:secret>", entrance.invited, name="invited"),
    path("new-address/<str:secret>", ownmail.new_address, name="new-address"),
]
