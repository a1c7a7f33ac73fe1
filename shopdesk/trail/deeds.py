"""What the trail and the security log know: one code a deed, one sentence for the people who read it (SEC-70)."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Deed(TextChoices):
    # --- at the door: these are in the log alone, whoever knocks a million times fills no table ---
    SIGN_IN = "sign_in.ok", pgettext_lazy("deed", "signed in")
    SIGN_IN_FAILED = "sign_in.failed", pgettext_lazy("deed", "failed to sign in")
    SIGN_IN_LOCKED = "sign_in.locked", pgettext_lazy("deed", "sign-in locked for a while")
    SIGN_OUT = "sign_in.out", pgettext_lazy("deed", "signed out")
    SECOND_FACTOR_FAILED = "second_factor.failed", pgettext_lazy("deed", "failed the second factor")
    DENIED = "access.denied", pgettext_lazy("deed", "asked for what is not theirs")
    TOKEN_REFUSED = "token.refused", pgettext_lazy("deed", "came with a key that is not in force")
    SIGNATURE_WRONG = "signature.wrong", pgettext_lazy("deed", "came with a wrong signature")
    LIMITED = "limit.reached", pgettext_lazy("deed", "reached a limit")
    ANCHORED = "chain.anchored", pgettext_lazy("deed", "ends of the chains")
    # --- one's own account ---
    CAME_FROM_ELSEWHERE = "sign_in.elsewhere", pgettext_lazy("deed", "came from an address that is not allowed")
    SECOND_FACTOR_ADDED = "second_factor.added", pgettext_lazy("deed", "second factor added")
    SECOND_FACTOR_REMOVED = "second_factor.removed", pgettext_lazy("deed", "second factor removed")
    RECOVERY_CODES_MADE = "second_factor.codes", pgettext_lazy("deed", "recovery codes made")
    RECOVERY_CODE_USED = "second_factor.code_used", pgettext_lazy("deed", "recovery code used")
    PASSWORD_CHANGED = "password.changed", pgettext_lazy("deed", "password changed")
    PASSWORD_RESET_ASKED = "password.reset_asked", pgettext_lazy("deed", "password reset asked for")
    PASSWORD_RESET = "password.reset", pgettext_lazy("deed", "password reset")
    EMAIL_CHANGED = "email.changed", pgettext_lazy("deed", "e-mail changed")
    SESSION_ENDED = "session.ended", pgettext_lazy("deed", "session ended")
    # --- people and rights ---
    PERSON_INVITED = "person.invited", pgettext_lazy("deed", "person invited")
    PERSON_JOINED = "person.joined", pgettext_lazy("deed", "person joined")
    PERSON_CHANGED = "person.changed", pgettext_lazy("deed", "person changed")
    PERSON_ENDED = "person.ended", pgettext_lazy("deed", "person left")
    ABSENCE_CHANGED = "person.absence", pgettext_lazy("deed", "absence changed")
    LIMITS_CHANGED = "limits.changed", pgettext_lazy("deed", "limits of a role changed")
    DEVICE_ENROLLED = "device.enrolled", pgettext_lazy("deed", "shared device enrolled")
    DEVICE_REVOKED = "device.revoked", pgettext_lazy("deed", "shared device revoked")
    PIN_CHANGED = "pin.changed", pgettext_lazy("deed", "PIN changed")
    # --- keys and secrets ---
    TOKEN_MADE = "token.made", pgettext_lazy("deed", "key made")
    TOKEN_CHANGED = "token.changed", pgettext_lazy("deed", "key changed")
    TOKEN_FIRST_USED = "token.first_used", pgettext_lazy("deed", "key used for the first time")
    TOKEN_REVOKED = "token.revoked", pgettext_lazy("deed", "key revoked")
    SECRET_MADE = "secret.made", pgettext_lazy("deed", "secret made")
    SECRET_CHANGED = "secret.changed", pgettext_lazy("deed", "secret changed")
    # --- personal data ---
    REVEALED = "personal.revealed", pgettext_lazy("deed", "hidden value shown")
    EXPORT_MADE = "export.made", pgettext_lazy("deed", "export asked for")
    EXPORT_FETCHED = "export.fetched", pgettext_lazy("deed", "export fetched")
    SUBJECT_EXPORTED = "personal.exported", pgettext_lazy("deed", "a person's data exported")
    ERASED = "personal.erased", pgettext_lazy("deed", "a person's data erased")
    RETENTION_RAN = "personal.retention", pgettext_lazy("deed", "old data erased")
    # --- the shop ---
    SETTINGS_CHANGED = "settings.changed", pgettext_lazy("deed", "settings changed")
    LABEL_MADE = "label.made", pgettext_lazy("deed", "label made")
    LABEL_CHANGED = "label.changed", pgettext_lazy("deed", "label changed")
    LABEL_REMOVED = "label.removed", pgettext_lazy("deed", "label removed")
    PERIOD_CLOSED = "period.closed", pgettext_lazy("deed", "period closed")
    PERIOD_REOPENED = "period.reopened", pgettext_lazy("deed", "period reopened")
    APPROVED = "approval.given", pgettext_lazy("deed", "approved by a second person")
