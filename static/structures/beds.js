/* « Lits et places »: each figure is sent as it is typed. Without connection it waits on the device, and goes after.

   What waits is kept in localStorage by account and establishment, without any name. Figures of level 3 (crisis,
   sensitive units) wait in this page only: nothing of them is left on a device that others may open. */
"use strict";

(function () {
  const settings = document.getElementById("lits");
  if (settings === null) {
    return;
  }
  const OURS = "ror-lits:";
  const STORE = `${OURS}${settings.dataset.account}:${settings.dataset.establishment}`;
  const RETRY_MS = 10000;
  const TYPING_MS = 900;
  const SURE_MS = 12 * 3600 * 1000; // beyond, a figure is shown again to be confirmed, not sent by itself
  const FORGET_MS = 7 * 24 * 3600 * 1000;
  const state = document.getElementById("etat");
  const waiting = new Map(); // "place code" → what is to be sent
  const elsewhere = []; // kept figures of units that this page does not show
  const timers = new Map();
  let sending = false;
  let stopped = "";
  let retry = null;

  document.documentElement.classList.add("ror-with-script");

  // Rows.

  const rows = Array.from(document.querySelectorAll(".ror-count"));
  const inputs = rows.map(fieldOf);

  function fieldOf(row) {
    return row.querySelector(".ror-count__number");
  }

  function placeOf(row) {
    return row.closest("form").dataset.place;
  }

  function nameOf(row) {
    return `${placeOf(row)} ${row.dataset.code}`;
  }

  const byName = new Map(rows.map((row) => [nameOf(row), row]));

  function mark(row, kind, message) {
    row.classList.remove("ror-count--saved", "ror-count--refused", "ror-count--overtaken", "ror-count--waiting");
    if (kind !== "") {
      row.classList.add(`ror-count--${kind}`);
    }
    fieldOf(row).setAttribute("aria-invalid", String(kind === "refused"));
    row.querySelector(".ror-count__message").textContent = message;
  }

  function showStored(row, number, age, freshness) {
    const shown = number === null ? "" : String(number);
    row.dataset.shown = shown;
    row.querySelector("input[type=hidden]").value = shown;
    row.querySelector(".ror-count__same").hidden = shown === "";
    const badge = row.querySelector(".ror-age-mark");
    badge.className = `ror-age-mark ror-age-mark--${freshness}`;
    badge.textContent = age || "pas encore indiqué";
  }

  // What waits, and where it is kept.

  function keep() {
    const kept = elsewhere.concat(Array.from(waiting.values()).filter((entry) => !entry.volatile));
    try {
      if (kept.length === 0) {
        window.localStorage.removeItem(STORE);
      } else {
        window.localStorage.setItem(STORE, JSON.stringify(kept));
      }
    } catch (error) {
      // Storage refused by the browser: the page itself still keeps what was typed, and says so before closing.
      waiting.forEach((entry) => {
        entry.volatile = true;
      });
    }
  }

  function wait(row, number, renew) {
    waiting.set(nameOf(row), {
      place: placeOf(row),
      code: row.dataset.code,
      number,
      shown: row.dataset.shown,
      at: Date.now(),
      renew,
      held: false,
      volatile: row.dataset.volatile !== undefined,
    });
    mark(row, "waiting", "");
    keep();
  }

  function forget(row) {
    waiting.delete(nameOf(row));
    keep();
  }

  function readKept() {
    try {
      const kept = JSON.parse(window.localStorage.getItem(STORE) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch (error) {
      return [];
    }
  }

  function isOld(text) {
    try {
      return !(Date.now() - Math.max(...JSON.parse(text).map((entry) => entry.at)) < FORGET_MS);
    } catch (error) {
      return true;
    }
  }

  function forgetOld() {
    try {
      Object.keys(window.localStorage)
        .filter((name) => name.startsWith(OURS) && name !== STORE && isOld(window.localStorage.getItem(name)))
        .forEach((name) => window.localStorage.removeItem(name));
    } catch (error) {
      // Storage refused by the browser: there is nothing to forget.
    }
  }

  function takeUp() {
    readKept().forEach((entry) => {
      const row = byName.get(`${entry.place} ${entry.code}`);
      if (row === undefined) {
        if (Date.now() - entry.at < FORGET_MS) {
          elsewhere.push(entry);
        }
        return;
      }
      if (entry.number === row.dataset.shown && !entry.renew) {
        return;
      }
      fieldOf(row).value = entry.number;
      entry.held = Date.now() - entry.at > SURE_MS;
      waiting.set(nameOf(row), entry);
      if (entry.held) {
        const day = new Date(entry.at).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" });
        offer(row, `Saisi le ${day}, et pas encore envoyé.`, entry);
      } else {
        mark(row, "waiting", "");
      }
    });
    keep();
  }

  // Typing.

  function clean(text) {
    return text.trim();
  }

  function typed(row) {
    const field = fieldOf(row);
    const number = clean(field.value);
    const entry = waiting.get(nameOf(row));
    if (entry !== undefined && entry.number === number && entry.held) {
      return;
    }
    if (number === row.dataset.shown) {
      if (entry === undefined || !entry.renew) {
        forget(row);
        mark(row, "", "");
      }
      return;
    }
    if (!/^[0-9]{1,5}$/.test(number)) {
      forget(row);
      mark(row, "refused", "Indiquez un nombre entier, par exemple 0 ou 12.");
      return;
    }
    if (entry === undefined || entry.number !== number || entry.renew) {
      wait(row, number, false);
    }
  }

  function soon(row) {
    window.clearTimeout(timers.get(row));
    timers.set(row, window.setTimeout(flush, TYPING_MS));
  }

  inputs.forEach((field, rank) => {
    const row = rows[rank];
    field.addEventListener("input", () => {
      typed(row);
      soon(row);
    });
    field.addEventListener("change", () => {
      typed(row);
      flush();
    });
    // The whole number is chosen as one enters the field; a tap would put the caret inside it.
    let entered = false;
    field.addEventListener("focus", () => {
      entered = true;
      field.select();
    });
    field.addEventListener("click", () => {
      if (entered) {
        field.select();
      }
      entered = false;
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") {
        return;
      }
      event.preventDefault();
      const next = inputs.slice(rank + 1).find((other) => other.offsetParent !== null);
      if (next === undefined) {
        field.blur();
      } else {
        next.focus();
      }
    });
    row.querySelectorAll(".ror-step").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        const now = /^[0-9]+$/.test(clean(field.value)) ? Number(clean(field.value)) : 0;
        field.value = String(Math.min(99999, Math.max(0, now + Number(button.dataset.step))));
        typed(row);
        soon(row);
      });
    });
  });

  document.querySelectorAll("form[data-place]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = event.submitter;
      const own = Array.from(form.querySelectorAll(".ror-count"));
      const same = button !== null && button.name === "unchanged";
      own
        .filter((row) => same && (button.value === "all" || button.value === row.dataset.code))
        .filter((row) => row.dataset.shown !== "" && !waiting.has(nameOf(row)))
        .forEach((row) => {
          fieldOf(row).value = row.dataset.shown;
          wait(row, row.dataset.shown, true);
        });
      flush();
    });
  });

  // Sending: one unit at a time, and each answer says what became of each of its rows.

  function ready() {
    return Array.from(waiting.values()).filter((entry) => !entry.held);
  }

  async function flush() {
    if (sending || stopped !== "") {
      say();
      return;
    }
    window.clearTimeout(retry);
    sending = true;
    say();
    let reached = true;
    while (reached && stopped === "" && ready().length > 0) {
      reached = await sendUnit(ready()[0].place);
    }
    sending = false;
    if (!reached) {
      retry = window.setTimeout(flush, RETRY_MS);
    }
    say(!reached);
  }

  async function sendUnit(place) {
    const sent = ready().filter((entry) => entry.place === place);
    const path = `${window.location.pathname.replace(/lits-et-places\/.*$/, "lits-et-places/")}${place}/`;
    try {
      let answer = await post(path, sent);
      if (answer.status === 403 && (await renewToken())) {
        answer = await post(path, sent);
      }
      if (answer.status === 401 || answer.status === 403 || answer.redirected) {
        stopped = "Votre connexion au portail a pris fin.";
        return true;
      }
      if (answer.status === 404) {
        sent.forEach((entry) => refuse(entry, "Cette unité n'est plus à votre portée. Rechargez la page."));
        return true;
      }
      if (!answer.ok) {
        return false;
      }
      apply(place, sent, await answer.json());
      return true;
    } catch (error) {
      return false; // no connection, or no answer: what waits is sent again later
    }
  }

  function post(path, sent) {
    const body = new URLSearchParams();
    body.set("csrfmiddlewaretoken", document.querySelector("form[data-place] [name=csrfmiddlewaretoken]").value);
    sent.forEach((entry) => {
      body.set(`number:${entry.code}`, entry.number);
      body.set(`shown:${entry.code}`, entry.shown);
      body.set(`age:${entry.code}`, String(Math.max(0, Math.round((Date.now() - entry.at) / 1000) - 5)));
    });
    const renewed = sent.filter((entry) => entry.renew);
    if (renewed.length > 0) {
      body.set("unchanged", "all"); // every row that is sent is to be written, changed or not
    }
    return fetch(path, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    });
  }

  // Signed in again from another tab: the page takes the token of the new session, when there is one.
  async function renewToken() {
    const page = await fetch(window.location.pathname, { credentials: "same-origin" });
    const other = new DOMParser().parseFromString(await page.text(), "text/html");
    const token = other.querySelector("form[data-place] [name=csrfmiddlewaretoken]");
    if (token === null) {
      return false;
    }
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => {
      field.value = token.value;
    });
    return true;
  }

  function refuse(entry, message) {
    const row = byName.get(`${entry.place} ${entry.code}`);
    waiting.delete(`${entry.place} ${entry.code}`);
    keep();
    if (row !== undefined) {
      mark(row, "refused", message);
    }
  }

  function apply(place, sent, answer) {
    sent.forEach((entry) => {
      const said = answer.rows[entry.code];
      const name = `${place} ${entry.code}`;
      const row = byName.get(name);
      const newest = waiting.get(name);
      if (said === undefined) {
        settle(row, name, entry, newest);
      } else if (said.state === "saved") {
        showStored(row, said.number, said.age, said.freshness);
        settle(row, name, entry, newest);
      } else if (said.state === "overtaken") {
        showStored(row, said.number, said.age, said.freshness);
        const now = said.number === null ? "a retiré ce chiffre" : `a enregistré ${said.number} (${said.age})`;
        const mine = newest || entry;
        mine.held = true;
        waiting.set(name, mine);
        offer(row, `Quelqu'un ${now}. Vous avez saisi ${mine.number}.`, mine);
      } else if (newest === entry) {
        refuse(entry, said.message);
      }
    });
    keep();
    if (answer.doubts !== null) {
      showDoubts(place, answer.doubts);
    }
  }

  function settle(row, name, entry, newest) {
    if (newest === entry) {
      waiting.delete(name);
      mark(row, "saved", "Enregistré.");
    } else if (newest !== undefined) {
      newest.shown = row.dataset.shown; // typed again meanwhile, over what has just been saved
    }
  }

  // Two values of one figure: both are shown, and the person chooses.

  function offer(row, message, entry) {
    mark(row, "overtaken", message);
    const stored = row.dataset.shown;
    const choices = document.createElement("span");
    choices.className = "ror-count__choices";
    choices.append(
      choice(`Garder ${entry.number}`, () => {
        wait(row, entry.number, entry.renew);
        flush();
      }),
      choice(stored === "" ? "Laisser vide" : `Prendre ${stored}`, () => {
        fieldOf(row).value = stored;
        forget(row);
        mark(row, "", "");
        say();
      })
    );
    row.querySelector(".ror-count__message").append(choices);
  }

  function choice(text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "fr-btn fr-btn--secondary";
    button.textContent = text;
    button.addEventListener("click", () => {
      act();
      fieldOf(button.closest(".ror-count") || document.body).focus();
    });
    return button;
  }

  function showDoubts(place, doubts) {
    const form = document.querySelector(`form[data-place="${place}"]`);
    if (form === null) {
      return;
    }
    const list = doubts.map((doubt) => {
      const line = document.createElement("p");
      line.className = "ror-doubt";
      line.textContent = doubt;
      return line;
    });
    form.parentElement.querySelector(".ror-doubts").replaceChildren(...list);
  }

  // Where things stand.

  function say(unreachable) {
    const count = ready().length;
    const figures = count > 1 ? `${count} chiffres` : "1 chiffre";
    const lost = Array.from(waiting.values()).some((entry) => entry.volatile);
    const where = lost ? "dans cette page : ne la fermez pas" : "sur cet appareil";
    const held = waiting.size - count;
    if (stopped !== "") {
      tellStopped(`${stopped} Votre saisie est gardée ${where}.`);
      state.querySelector("a").target = lost ? "_blank" : ""; // then this page alone keeps those figures
    } else if (sending && !unreachable) {
      tell("sending", "Enregistrement…");
    } else if (count > 0 && (unreachable || !navigator.onLine)) {
      const agreed = count > 1 ? "gardés" : "gardé";
      tell("offline", `Hors connexion : ${figures} ${agreed} ${where}, envoi dès que possible.`);
    } else if (held > 0) {
      tell("held", held > 1 ? `${held} chiffres attendent votre choix.` : "1 chiffre attend votre choix.");
    } else if (count === 0 && !state.hidden) {
      tell("saved", "Tout est enregistré.");
    }
  }

  function tell(kind, message) {
    state.hidden = false;
    state.dataset.kind = kind;
    if (state.textContent !== message) {
      state.textContent = message;
    }
  }

  // The link stays the same one while the state lasts: what is said once more, as a field is left, must not take it from
  // under the finger that presses it.
  function tellStopped(message) {
    if (state.querySelector("a") === null) {
      tell("stopped", message);
      const link = document.createElement("a");
      link.href = settings.dataset.signIn;
      link.rel = "noopener";
      link.textContent = "Se reconnecter";
      state.append(" ", link);
    } else if (state.firstChild.data !== message) {
      state.firstChild.data = message;
    }
  }

  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      stopped = "";
      if (waiting.size > 0) {
        flush();
      }
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (Array.from(waiting.values()).some((entry) => entry.volatile)) {
      event.preventDefault();
    }
  });

  // Finding a unit among many.

  const find = document.querySelector(".ror-find");
  if (find !== null) {
    const units = Array.from(document.querySelectorAll(".ror-unit"));
    const flat = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    find.hidden = units.length < 6;
    find.querySelector("input").addEventListener("input", (event) => {
      const words = flat(event.target.value).split(/\s+/);
      units.forEach((unit) => {
        unit.hidden = !words.every((word) => flat(unit.dataset.title).includes(word));
      });
      const left = units.filter((unit) => !unit.hidden).length;
      document.getElementById("trouvees").textContent = left > 1 ? `${left} unités` : `${left} unité`;
    });
  }

  forgetOld();
  takeUp();
  // What was typed before this script was there.
  rows
    .filter((row) => !waiting.has(nameOf(row)) && row.querySelector(".ror-count__message").textContent === "")
    .filter((row) => clean(fieldOf(row).value) !== row.dataset.shown)
    .forEach(typed);
  if (waiting.size > 0) {
    flush();
  }
})();
