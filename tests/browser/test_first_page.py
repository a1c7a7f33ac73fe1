"""A real browser meets a real server on both databases."""

import pytest

pytestmark = pytest.mark.browser


def test_sign_in_page_breaks_no_policy(served: str, page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    answer = page.goto(f"{served}/accounts/login/")
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert page.locator("input[type=password]").count() == 1
    assert [text for text in complaints if "Content Security Policy" in text] == []
