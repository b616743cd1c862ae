// Turns the search fields of codes and communes into comboboxes (ARIA pattern « list autocomplete, manual selection »).
// Without this file the fields work too: what is typed is understood by the server.
(() => {
  "use strict";

  const DELAY = 200; // milliseconds after the last key
  let lists = 0;

  class CodeSearch {
    constructor(box) {
      this.box = box;
      this.input = box.querySelector("input");
      this.many = box.dataset.codeSearch === "many";
      // Likely values, offered before anything is typed, and found first.
      this.suggested = JSON.parse(box.dataset.suggested || "[]");
      this.options = [];
      this.active = -1;
      this.asked = 0;
      this.timer = 0;
      this.build();
      this.listen();
    }

    build() {
      lists += 1;
      this.list = document.createElement("ul");
      this.list.id = `code-search-${lists}`;
      this.list.className = "code-search__list";
      this.list.hidden = true;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "Valeurs proposées");
      this.status = document.createElement("div");
      this.status.className = "fr-sr-only";
      this.status.setAttribute("role", "status");
      this.box.append(this.list, this.status);
      this.input.removeAttribute("list");
      this.input.setAttribute("role", "combobox");
      this.input.setAttribute("aria-autocomplete", "list");
      this.input.setAttribute("aria-controls", this.list.id);
      this.input.setAttribute("aria-expanded", "false");
    }

    listen() {
      this.input.addEventListener("input", () => this.askSoon());
      this.input.addEventListener("keydown", (event) => this.press(event));
      this.input.addEventListener("click", () => this.suggest());
      this.input.addEventListener("blur", () => this.close());
      // A press on the list must not take the focus away before the click, nor see the list change before it.
      this.list.addEventListener("mousedown", (event) => {
        event.preventDefault();
        this.settle();
      });
      this.list.addEventListener("click", (event) => {
        const item = event.target.closest("[role=option]");
        if (item) this.choose(Number(item.dataset.rank));
      });
    }

    askSoon() {
      this.settle();
      this.list.setAttribute("aria-busy", "true");
      this.timer = window.setTimeout(() => this.ask(), DELAY);
    }

    // Where several values may be typed, the last one is searched, and replaced alone: those before it are kept.
    typed() {
      return this.input.value.slice(this.before().length).trim();
    }

    before() {
      return this.many ? this.input.value.slice(0, this.input.value.lastIndexOf(";") + 1) : "";
    }

    async ask() {
      const text = this.typed();
      if (!text) {
        this.suggest();
        return;
      }
      this.settle();
      this.list.setAttribute("aria-busy", "true");
      const question = this.asked;
      let found;
      try {
        const asked = new URLSearchParams({ q: text.slice(0, 100) });
        if (this.suggested.length) asked.set("d-abord", this.suggested.map((option) => option.key).join(","));
        const answer = await fetch(`${this.box.dataset.address}?${asked}`, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        found = await answer.json();
      } catch {
        if (question !== this.asked) return;
        this.close();
        this.status.textContent = "La recherche ne répond pas : continuez à saisir, la valeur sera vérifiée à l'envoi.";
        return;
      }
      if (question === this.asked && document.activeElement === this.input) this.show(found);
    }

    // Nothing typed yet: the likely values, when there are some.
    suggest() {
      this.close();
      if (this.typed()) return;
      const chosen = this.chosen();
      const likely = this.suggested.filter((option) => !chosen.has(option.key));
      if (likely.length) this.show(likely);
    }

    chosen() {
      const set = this.many && this.box.closest("[data-code-set]");
      return new Set(set ? [...set.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value) : []);
    }

    // What was asked, or was about to be, no longer changes the list: one typed more, chooses in it, or closed it.
    settle() {
      window.clearTimeout(this.timer);
      this.asked += 1;
      this.list.removeAttribute("aria-busy");
    }

    show(found) {
      this.list.removeAttribute("aria-busy");
      this.options = found;
      this.active = -1;
      this.list.replaceChildren(...found.map((option, rank) => this.item(option, rank)));
      this.open(found.length > 0);
      this.status.textContent = found.length
        ? `${found.length} ${found.length > 1 ? "valeurs proposées" : "valeur proposée"}`
        : "Aucune valeur ne correspond.";
    }

    item(option, rank) {
      const item = document.createElement("li");
      item.id = `${this.list.id}-${rank}`;
      item.className = "code-search__option";
      item.dataset.rank = String(rank);
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = option.label;
      if (option.hint) {
        const hint = document.createElement("span");
        hint.className = "code-search__hint";
        hint.textContent = option.hint;
        item.append(hint);
      }
      return item;
    }

    press(event) {
      if (event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (this.list.hidden) this.ask();
        else this.move(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter" && !this.list.hidden && this.active >= 0) {
        event.preventDefault();
        this.choose(this.active);
      } else if (event.key === "Escape" && !this.list.hidden) {
        event.preventDefault();
        this.close();
      }
    }

    move(step) {
      this.settle();
      const items = this.list.children;
      if (this.active >= 0) items[this.active].setAttribute("aria-selected", "false");
      this.active = this.active < 0 && step < 0 ? items.length - 1 : (this.active + step + items.length) % items.length;
      const item = items[this.active];
      item.setAttribute("aria-selected", "true");
      item.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", item.id);
    }

    choose(rank) {
      const option = this.options[rank];
      this.close();
      if (this.many) {
        this.add(option);
        this.input.value = this.before();
      } else {
        this.input.value = option.label;
      }
      this.status.textContent = `${option.label} : ${this.many ? "ajouté" : "choisi"}`;
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    add(option) {
      const set = this.box.closest("[data-code-set]");
      const chosen = set.querySelector("[data-code-set-chosen]");
      const known = [...chosen.querySelectorAll("input[type=checkbox]")].find((box) => box.value === option.key);
      if (known) {
        known.checked = true;
        return;
      }
      const box = document.createElement("input");
      box.type = "checkbox";
      box.name = set.dataset.codeSet;
      box.value = option.key;
      box.id = `${set.dataset.id}-${chosen.children.length}`;
      box.checked = true;
      const label = document.createElement("label");
      label.className = "fr-label";
      label.htmlFor = box.id;
      label.textContent = option.label;
      const group = document.createElement("div");
      group.className = "fr-checkbox-group";
      group.append(box, label);
      const element = document.createElement("div");
      element.className = "fr-fieldset__element";
      element.append(group);
      chosen.append(element);
    }

    open(wanted) {
      this.list.hidden = !wanted;
      this.input.setAttribute("aria-expanded", String(wanted));
      if (!wanted) this.input.removeAttribute("aria-activedescendant");
    }

    close() {
      this.settle();
      this.active = -1;
      this.open(false);
    }
  }

  const ready = new WeakSet();
  const prepare = (box) => {
    if (ready.has(box)) return;
    ready.add(box);
    new CodeSearch(box);
  };
  const start = () => document.querySelectorAll("[data-code-search]").forEach(prepare);

  // Rows added to a page later are prepared when the focus first enters them.
  document.addEventListener("focusin", (event) => {
    const box = event.target.closest && event.target.closest("[data-code-search]");
    if (box) prepare(box);
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
