"""Why another program did not answer is said in words, whatever it was."""

from django.utils import translation

from shopdesk.base.unanswered import WORDS, tell


def test_reason_is_told_in_the_readers_language():
    with translation.override("ru"):
        assert tell("time") == "не ответил вовремя"
        assert tell("401") == "не принял ключ (401)"
        assert tell("503") == "ответил 503"
    with translation.override("en"):
        assert {tell(word).isascii() for word in WORDS} == {True}


def test_unknown_word_stands_as_it_is_and_none_is_nothing():
    assert (tell("odd"), tell("")) == ("odd", "")
