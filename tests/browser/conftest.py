"""A real Chromium on the real portal, by keyboard."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ror.accounts.models import User
from tests.accounts.codes import code, enrol
from tests.factories import PASSWORD

# Playwright's synchronous API runs an event loop in this thread: Django must not take it for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
FOCUS_LIMIT = 250  # presses of Tab before a field is said to be out of reach
PROPOSALS = "[role=listbox]:not([aria-busy]) [role=option]:visible"  # those of all that was typed, not of its beginning
PATIENCE = 30  # seconds, as every other wait of Playwright: a slow machine is no mistake of the portal
expect.set_options(timeout=1000 * PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is slow, and needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("Chromium n'est pas installé sur cette machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page on a new session; whatever the console or the network says wrong fails the test at its end."""
    contexts, complaints = [], []

    def open_page(viewport: dict = DESKTOP, *, javascript: bool = True) -> Page:
        context = chromium.new_context(viewport=viewport, java_script_enabled=javascript, locale="fr-FR")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if _is_policy_error(message) else None)
        page.on("request", lambda request: complaints.append(request.url) if _goes_out(request.url) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def comes_to(page: Page, read: Callable[[], object], wanted: object) -> None:
    """What `read` gives comes to be `wanted`, of what the page does by itself: a save, a copy kept by the browser."""
    deadline = time.monotonic() + PATIENCE
    while read() != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert read() == wanted


def check_page(page: Page) -> None:
    """No accessibility violation that axe-core can see, no horizontal scroll."""
    page.wait_for_load_state()
    violations = Axe().run(page).response["violations"]
    said = [(found["id"], [node["html"][:200] for node in found["nodes"]]) for found in violations]
    assert said == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is on the element, as someone without a mouse does."""
    for _ in range(FOCUS_LIMIT):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is out of reach of the keyboard on {page.url}")


def write_in(page: Page, selector: str, text: str) -> None:
    """Reach a field by keyboard and write in it, over what it held."""
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def choose(page: Page, name: str, label: str) -> None:
    """Reach the list of that name by keyboard and go down to the first choice that begins with `label`."""
    tab_to(page, f"select[name='{name}']")
    page.keyboard.press("Home")
    for _ in range(FOCUS_LIMIT):
        if page.evaluate("document.activeElement.selectedOptions[0].textContent.trim()").startswith(label):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no choice of {name} begins with {label}")


def search(page: Page, name: str, text: str) -> None:
    """Reach the search field of that name by keyboard, write, and take the first proposal."""
    write_in(page, f"input[name='{name}']", text)
    page.wait_for_selector(PROPOSALS)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def follow(page: Page, selector: str) -> None:
    """Click a button or a link that leads to another document, and wait until that one is there.

    `page.click` comes back as soon as the new page begins to arrive, on a slow machine before a form is even sent: what
    follows would look at half a page, or at the one that is being left, and `page.goto` would cut the request. Inside a
    page, wait for what one sees change instead.
    """
    with page.expect_navigation():
        page.click(selector)


def press(page: Page, selector: str) -> None:
    """Reach a button or a link that leads to another document by keyboard, press it, and wait as `follow` does."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """Sign in by keyboard."""
    page.goto(f"{address}/connexion/")
    write_in(page, "input[name=login]", email)
    write_in(page, "input[name=password]", password)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign_in_with_code(page: Page, address: str, user: User) -> None:
    """Sign in by keyboard with a password, then with a code of a new application."""
    secret = enrol(user)
    sign_in(page, address, user.email, PASSWORD)
    write_in(page, "input[name=code]", code(secret))
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _is_policy_error(message) -> bool:
    """What the console says wrong, but for an answer that refuses, a network that a test cuts, and what axe itself
    tries (it comes from no address): it copies style sheets that import others, as those of Django's forms do.
    """
    known = "status of 4" in message.text or "net::ERR_" in message.text
    return message.type == "error" and not known and bool(message.location.get("url"))


def _goes_out(url: str) -> bool:
    """The portal calls no third party."""
    return url.startswith("http") and "://localhost:" not in url and "://127.0.0.1:" not in url
