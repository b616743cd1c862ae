"""Someone who fills a form by keyboard alone, and counts: what they answered, and how many keys it took."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PROPOSALS

FARTHEST = 200  # presses of Tab before something is said to be out of reach
GROUPED = ("radio", "checkbox")
# What the page shows to answer, in the order of Tab: one line per question, whatever its number of boxes.
QUESTIONS = """() => {
  const found = new Map();
  const fields = document.querySelectorAll("main form input, main form select, main form textarea");
  for (const field of fields) {
    if (field.type === "hidden" || field.disabled || !field.checkVisibility()) continue;
    const grouped = ["radio", "checkbox"].includes(field.type);
    const answered = grouped ? field.checked : field.value !== "";
    const known = found.get(field.name);
    if (known) known.answered ||= answered;
    else found.set(field.name, { name: field.name, type: field.type, answered,
                                 searched: field.getAttribute("role") === "combobox" });
  }
  return [...found.values()];
}"""


class Keyboard:
    """A keyboard that counts its keys, on one page after the other."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.touches = 0
        self.fields = 0
        self.violations: list[str] = []

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.touches += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.touches += len(text)

    def tab_to(self, selector: str) -> None:
        """Press Tab until the focus is there."""
        for _ in range(FARTHEST):
            self.press("Tab")
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is out of reach of the keyboard on {self.page.url}")

    def follow(self, selector: str) -> None:
        """Reach a button or a link, press it, and look at the page that it leads to."""
        self.tab_to(selector)
        with self.page.expect_navigation():
            self.press("Enter")
        self.look()

    def look(self) -> None:
        """What axe-core says wrong of the page, and whether it must be scrolled sideways."""
        found = Axe().run(self.page).response["violations"]
        self.violations += [f"{each['id']} ({self.page.url}) {each['nodes'][0]['html'][:150]}" for each in found]
        if not self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
            self.violations.append(f"défilement horizontal ({self.page.url})")

    def answer_what_is_shown(self, answers: dict[str, str]) -> None:
        """Answer every question of the page that is not answered yet, and those of `answers` in any case.

        `answers` go by the end of a field's name (« telecoms.address »): a text to type, « oui » or « non », or keys to
        press between angle brackets (« <ArrowUp> »). An empty answer leaves the question alone. Without one, the first
        choice is taken.
        """
        for question in self.page.evaluate(QUESTIONS):
            answer = _answer_to(question["name"], answers)
            if answer == "" or (question["answered"] and answer is None):
                continue
            self.tab_to(f"[name='{question['name']}']")
            self._answer(question, answer)
            self.fields += 1

    def _answer(self, question: dict, answer: str | None) -> None:
        if question["type"] in GROUPED:
            self.press("Space")
            if answer == "non":
                self.press("ArrowDown")
        elif question["searched"]:
            self._search(question, answer)
        elif answer and answer.startswith("<"):
            for key in answer.strip("<>").split():
                self.press(key)
        elif question["type"] == "select-one":
            self.press("ArrowDown")
        elif answer is None:
            raise AssertionError(f"nothing to type in {question['name']} on {self.page.url}")
        else:
            self.press("Control+A")
            self.type(answer)

    def _search(self, question: dict, answer: str | None) -> None:
        if answer is None:
            raise AssertionError(f"nothing to search in {question['name']} on {self.page.url}")
        self.press("Control+A")
        self.type(answer)
        self.page.wait_for_selector(PROPOSALS)
        self.press("ArrowDown")
        self.press("Enter")


def _answer_to(name: str, answers: dict[str, str]) -> str | None:
    """The longest key of `answers` that ends the name of the field, without the ids of its rows."""
    plain = ".".join(name.split(".")[::2]) if "." in name else name
    known = [key for key in answers if plain == key or plain.endswith(f".{key}")]
    return answers[max(known, key=len)] if known else None
