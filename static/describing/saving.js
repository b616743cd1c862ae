/* A step of a draft is saved as it is typed, by the very merge of its button; what cannot leave waits, and goes again.

   The draft on the portal is the only lasting copy. What is not there yet is kept in sessionStorage, for this tab alone
   and until it is saved; nothing of level 3 ever is (contacts of that level, sensitive units): it waits in the page. */
"use strict";

(function () {
  const form = document.getElementById("saisie");
  if (form === null) {
    return;
  }
  const TYPING_MS = 1200;
  const LONGEST_MS = 8000; // someone who never pauses is saved too
  const RETRY_MS = 5000;
  const COPY_MS = 250;
  const PATIENCE_MS = 20000;
  const LAST_WORDS = 60000; // characters that a browser still sends when the page is left
  const APART = ["csrfmiddlewaretoken", "started_from"];
  const STORE = `ror-brouillon:${form.dataset.account}:${window.location.pathname}`;
  const EXPIRED = "Votre session a expiré : reconnectez-vous, votre saisie vous attend.";
  const LOST = "Pas encore enregistré : connexion perdue, nous réessayons.";
  const REFUSED = "Pas encore enregistré : utilisez le bouton « Enregistrer ».";
  const TO_CHOOSE = "Pas encore enregistré : choisissez entre votre saisie et la sienne, puis enregistrez.";

  const panel = document.getElementById("enregistrement");
  const line = panel.querySelector(".ror-saving__state");
  const voice = panel.querySelector("[role=status]");
  const news = document.getElementById("nouveautes");
  const start = form.elements.namedItem("started_from");
  const chosen = new Set(); // paths where the person keeps what they typed
  const disputes = new Map(); // path → the box that shows both sides
  let saved = form.dataset.foundAgain === undefined ? typed() : null;
  let revision = Number(form.dataset.revision);
  let sent = null; // what left without an answer: it goes again, the same, before anything newer
  let elsewhere = [];
  let running = null;
  let leaving = false;
  let spoken = "";
  let since = 0;
  let timer = null;
  let copyTimer = null;

  // What is typed.

  function typed() {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (!APART.includes(name)) {
        data.append(name, value);
      }
    }
    return data.toString();
  }

  function unsaved() {
    return sent !== null || chosen.size > 0 || typed() !== saved;
  }

  function isState(...names) {
    return names.includes(panel.dataset.state);
  }

  // Where things stand. What is seen changes with each save; what is said aloud, with each change of state only.

  function say(state, text) {
    panel.dataset.state = state;
    line.hidden = false;
    line.textContent = text;
    if (state !== "sending" && state !== spoken) {
      spoken = state;
      voice.textContent = text;
    }
  }

  function sayExpired(kept) {
    say("expired", EXPIRED);
    const link = document.createElement("a");
    link.href = form.dataset.signIn;
    link.textContent = "Se reconnecter";
    if (!kept && unsaved()) {
      link.target = "_blank"; // this page alone holds what was typed
      link.rel = "noopener";
    }
    line.append(" ", link);
  }

  // The copy of this tab.

  function isVolatile() {
    const open = Array.from(new FormData(form)).some(
      ([name, value]) =>
        (name === "sensitive" && value === "true") ||
        (name.endsWith(".level") && value === "3") ||
        (name.endsWith(".private_emergency_line") && value === "true")
    );
    return open || form.dataset.volatile !== undefined;
  }

  function copy() {
    const first = sent === null ? null : sent.data;
    const kept = { start: sent === null ? start.value : sent.start, first, data: typed() };
    try {
      if ((!unsaved() && disputes.size === 0) || isVolatile()) {
        window.sessionStorage.removeItem(STORE);
      } else {
        window.sessionStorage.setItem(STORE, JSON.stringify(kept));
      }
    } catch (error) {
      // Storage refused by the browser: the page itself still holds what was typed, and warns before it is left.
    }
  }

  function takeCopy() {
    try {
      return JSON.parse(window.sessionStorage.getItem(STORE));
    } catch (error) {
      return null;
    }
  }

  function dropCopy() {
    try {
      window.sessionStorage.removeItem(STORE);
    } catch (error) {
      // Storage refused by the browser: there is nothing to drop.
    }
  }

  // Asking the portal.

  async function ask(address, body) {
    try {
      const answer = await post(address, body);
      return answer.state === "expired" && answer.status === 403 && (await renewToken())
        ? await post(address, body)
        : answer;
    } catch (error) {
      return { state: "lost" };
    }
  }

  async function post(address, body) {
    body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
    const answer = await fetch(address, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const status = answer.status;
    if ((answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      return { ...(await answer.json()), status };
    }
    if (status === 403) {
      return { state: "expired", kept: false, status };
    }
    return status >= 400 && status < 500 && status !== 429 ? { state: "refused", message: REFUSED } : { state: "lost" };
  }

  async function freshPage() {
    const answer = await fetch(window.location.pathname, { credentials: "same-origin" });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // Signed in again from another tab: the page takes the token of the new session, when there is one.
  async function renewToken() {
    const token = (await freshPage()).querySelector("#saisie [name=csrfmiddlewaretoken]");
    document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => {
      field.value = token === null ? field.value : token.value;
    });
    return token !== null;
  }

  function send(entry) {
    const body = new URLSearchParams(entry.data);
    body.set("started_from", entry.start);
    entry.chosen.forEach((path) => body.append("keep", path));
    return ask(form.dataset.autosave, body);
  }

  // Saving.

  function soon(delay) {
    since = since || Date.now();
    window.clearTimeout(timer);
    timer = window.setTimeout(save, Math.max(0, Math.min(delay, since + LONGEST_MS - Date.now())));
  }

  /* One round: what is typed now leaves, and its answer comes back. True when the portal answered that it is saved. */
  function save() {
    if (running === null) {
      running = round().finally(() => {
        running = null;
      });
    }
    return running;
  }

  async function round() {
    window.clearTimeout(timer);
    if (isState("stopped") || form.dataset.disputed !== undefined) {
      return false;
    }
    since = 0;
    const something = unsaved();
    if (sent === null) {
      sent = { data: typed(), start: start.value, chosen: Array.from(chosen) };
    }
    copy();
    if (something && !isState("lost", "expired")) {
      say("sending", "Enregistrement…");
    }
    const answer = await send(sent);
    if (answer.state === "lost" && !something) {
      sent = null; // it was only asked what a colleague changed
      return false;
    }
    if (answer.state !== "saved") {
      fail(answer);
      return false;
    }
    start.value = answer.started_from;
    revision = answer.revision;
    saved = sent.data;
    sent.chosen.forEach((path) => chosen.delete(path));
    sent = null;
    showOthers(answer.present);
    showNews(answer.elsewhere);
    showDisputes(answer.conflicts);
    if (something || isState("lost", "expired")) {
      sayWhatIsSaved(answer);
    }
    const alert = document.getElementById("retrouvee");
    if (alert !== null) {
      alert.hidden = true;
    }
    copy();
    if (unsaved()) {
      soon(TYPING_MS);
    }
    return true;
  }

  function sayWhatIsSaved(answer) {
    const labels = answer.conflicts.map((conflict) => conflict.label).join(" ; ");
    if (labels === "") {
      say("saved", `Enregistré à ${answer.at}.`);
    } else {
      say("disputed", `Enregistré à ${answer.at}, sauf ce qui attend votre choix : ${labels}.`);
    }
  }

  function fail(answer) {
    if (answer.state === "lost") {
      say("lost", LOST);
      timer = window.setTimeout(save, RETRY_MS);
      copy();
      return;
    }
    sent = null; // refused, thus not written: what is typed by then goes as a whole
    copy();
    if (answer.state === "expired") {
      sayExpired(answer.kept);
    } else {
      say("stopped", answer.message);
    }
  }

  async function saveAll() {
    let reached = true;
    while (reached && unsaved()) {
      reached = await save();
    }
    return reached;
  }

  // Two people on one draft.

  function showOthers(lines) {
    const items = (lines || []).map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    });
    document.getElementById("presents").replaceChildren(...items);
  }

  function showNews(found) {
    const text = news.querySelector("p");
    elsewhere = found.paths;
    if (found.message !== "" && text.textContent !== found.message) {
      voice.textContent = found.message;
    }
    text.textContent = found.message;
    news.hidden = found.message === "";
  }

  function showDisputes(found) {
    const paths = found.map((conflict) => conflict.path);
    disputes.forEach((box, path) => {
      if (!paths.includes(path)) {
        box.remove();
        disputes.delete(path);
      }
    });
    found.forEach((conflict) => {
      const box = disputes.get(conflict.path) || disputeBox(conflict);
      box.querySelector("p").textContent = conflict.message;
      disputes.set(conflict.path, box);
    });
  }

  function disputeBox({ path, label }) {
    const box = document.createElement("div");
    box.className = "ror-dispute";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", `Deux saisies différentes : ${label}`);
    box.append(
      document.createElement("p"),
      button("Garder ma saisie", () => {
        chosen.add(path);
        focusOn(path);
        save();
      }),
      button("Prendre la sienne", () => bringIn([path]))
    );
    const place = document.getElementById(`id_${path}-messages`) || document.getElementById(`id_${path}`) || form;
    place.append(box);
    openAround(place);
    return box;
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "fr-btn fr-btn--sm fr-btn--secondary";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function openAround(element) {
    for (let more = element.closest("details"); more !== null; more = more.parentElement.closest("details")) {
      more.open = true;
    }
  }

  function focusOn(path) {
    const field = document.getElementById(`id_${path}`) || document.querySelector(`[data-path="${path}"]`);
    if (field !== null) {
      openAround(field);
      field.focus();
    }
  }

  /* Show what a colleague saved at these paths instead of what this page shows; then the page starts from there. */
  async function bringIn(paths) {
    let fresh = null;
    try {
      fresh = await freshPage();
    } catch (error) {
      say("lost", LOST);
      return;
    }
    if (fresh.getElementById("saisie") === null) {
      sayExpired(false);
      return;
    }
    const missed = paths.filter((path) => !bring(path, fresh));
    if (missed.length > 0 && disputes.size === 0) {
      leaving = true;
      window.location.reload();
      return;
    }
    focusOn(paths[0]);
    await save();
  }

  function bring(path, fresh) {
    const here = document.querySelector(`[data-path="${path}"]`);
    const there = fresh.querySelector(`[data-path="${path}"]`);
    disputes.delete(path);
    if (here !== null && there !== null) {
      there.classList.add("ror-brought");
      here.replaceWith(document.adoptNode(there));
    } else if (here !== null) {
      here.remove();
    } else if (there !== null && there.classList.contains("ror-row")) {
      return addRow(path, there);
    } else {
      return false;
    }
    return true;
  }

  function addRow(path, row) {
    const list = document.getElementById(`id_${path.split(".").slice(0, -1).join(".")}`);
    const add = list === null ? null : list.querySelector(":scope > [name=add]");
    if (add === null) {
      return false;
    }
    row.classList.add("ror-brought");
    row.removeAttribute("autofocus");
    list.querySelectorAll(":scope > p.fr-mb-1w").forEach((nothing) => nothing.remove());
    add.before(document.adoptNode(row));
    openAround(list);
    return true;
  }

  async function beat() {
    if (document.hidden || leaving || running !== null || isState("stopped")) {
      return;
    }
    const answer = await ask(form.dataset.presence, new URLSearchParams());
    if (answer.state === "here") {
      showOthers(answer.present);
      if (answer.revision !== revision || isState("lost", "expired")) {
        save();
      }
    } else if (answer.state !== "lost") {
      fail({ kept: false, ...answer });
    }
  }

  // Typing, and leaving.

  function changed(event) {
    if (event.target.closest("[data-code-search]") !== null && event.type === "input") {
      return; // a search is not a value: it leaves once chosen, or when the field is left
    }
    window.clearTimeout(copyTimer);
    copyTimer = window.setTimeout(copy, COPY_MS);
    if (isState("lost")) {
      return; // it is being tried again already
    }
    soon(event.type === "change" ? 0 : TYPING_MS);
  }

  async function submit(event) {
    const settled = !unsaved() && disputes.size === 0;
    if (leaving || settled || form.dataset.disputed !== undefined || isState("stopped", "expired")) {
      leaving = event.target === form || leaving;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const reached = await saveAll();
    if (disputes.size > 0) {
      Array.from(disputes.values())[0].querySelector("button").focus();
    } else if ((reached || isState("stopped", "expired")) && !leaving) {
      leaving = true;
      event.target.requestSubmit(event.submitter);
    }
  }

  async function follow(event) {
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link === null || !plain || link.target !== "" || link.getAttribute("href").startsWith("#")) {
      return;
    }
    if (event.defaultPrevented || leaving || !unsaved() || isState("lost", "stopped")) {
      return;
    }
    event.preventDefault();
    const reached = await saveAll();
    if (reached || isState("expired")) {
      leaving = disputes.size === 0;
      window.location.assign(link.href);
    }
  }

  function lastWords() {
    const entry = { data: typed(), start: start.value, chosen: Array.from(chosen) };
    const size = entry.data.length + entry.start.length;
    if (!leaving && sent === null && unsaved() && form.dataset.disputed === undefined && size < LAST_WORDS) {
      copy();
      const body = new URLSearchParams(entry.data);
      body.set("started_from", entry.start);
      body.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
      fetch(form.dataset.autosave, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
    }
  }

  // What this tab still held when its page was lost: sent as it was, then the page shows the draft as it is.
  async function takeUp(kept) {
    form.inert = true;
    say("sending", "Nous retrouvons votre dernière saisie…");
    let answer = { state: "saved", started_from: kept.start };
    const parts = [kept.first, kept.data].filter((data) => data !== null);
    while (parts.length > 0 && answer.state === "saved" && !(answer.conflicts || []).length) {
      answer = await send({ data: parts.shift(), start: answer.started_from, chosen: [] });
    }
    if (answer.state === "lost") {
      say("lost", LOST);
      window.setTimeout(() => takeUp(kept), RETRY_MS);
    } else if (answer.state === "expired") {
      sayExpired(true);
    } else if (answer.state === "saved" && answer.conflicts.length === 0) {
      dropCopy();
      leaving = answer.revision !== revision;
      form.inert = leaving;
      sayWhatIsSaved(answer);
      if (leaving) {
        window.location.reload();
      }
    } else {
      handOver(kept.data, answer.started_from || kept.start);
    }
  }

  // Two values of one datum, or a draft that is gone: the page of the button shows what was typed beside.
  function handOver(data, from) {
    dropCopy();
    const made = document.createElement("form");
    made.method = "post";
    made.action = "?";
    const values = new URLSearchParams(data);
    values.set("started_from", from);
    values.set("csrfmiddlewaretoken", form.elements.namedItem("csrfmiddlewaretoken").value);
    for (const [name, value] of values) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      made.append(field);
    }
    document.body.append(made);
    leaving = true;
    made.submit();
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  document.addEventListener("submit", submit, true);
  document.addEventListener("click", follow);
  news.querySelector("button").addEventListener("click", async () => {
    if (await saveAll()) {
      bringIn(elsewhere);
    }
  });
  window.addEventListener("online", () => unsaved() && save());
  window.addEventListener("pagehide", lastWords);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || isState("stopped")) {
      return;
    }
    if (unsaved()) {
      save();
    } else {
      beat();
    }
  });
  window.addEventListener("beforeunload", (event) => {
    const waiting = unsaved() && (isState("lost", "expired", "stopped") || typed().length > LAST_WORDS / 2);
    if (!leaving && (waiting || disputes.size > 0 || form.dataset.disputed !== undefined)) {
      event.preventDefault();
    }
  });

  const kept = takeCopy();
  if (form.dataset.disputed !== undefined) {
    dropCopy();
    say("disputed", TO_CHOOSE);
  } else if (kept !== null) {
    takeUp(kept);
  } else if (unsaved()) {
    save();
  }
  window.setInterval(beat, Number(form.dataset.beat) * 1000);
})();
