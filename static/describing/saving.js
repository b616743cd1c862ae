/* A step of a draft is saved as it is typed, by the very merge of its button; what cannot leave waits, and goes again.

   The draft on the portal is the only lasting copy: « Enregistré » means that it is there. */

import { makeCopy } from "./saving/copy.js";
import { ask, token } from "./saving/portal.js";
import { makeTogether } from "./saving/together.js";

const TYPING_MS = 1200;
const LONGEST_MS = 8000; // someone who never pauses is saved too
const RETRY_MS = 5000;
const COPY_MS = 250;
const LAST_WORDS = 60000; // characters that a browser still sends when the page is left
const APART = ["csrfmiddlewaretoken", "started_from"];
const EXPIRED = "Votre session a expiré : reconnectez-vous, votre saisie vous attend.";
const LOST = "Pas encore enregistré : connexion perdue, nous réessayons.";
const TO_CHOOSE = "Pas encore enregistré : choisissez entre votre saisie et la sienne, puis enregistrez.";

const form = document.getElementById("saisie");
const panel = document.getElementById("enregistrement");
const line = panel.querySelector(".ror-saving__state");
const voice = panel.querySelector("[role=status]");
const start = form.elements.namedItem("started_from");
const disputed = form.dataset.disputed !== undefined; // the portal itself asks for a choice, then for its button
const copy = makeCopy(form);
const chosen = new Set(); // paths where the person keeps what they typed
const together = makeTogether({
  says: (text) => {
    voice.textContent = text;
  },
  keep: (path) => {
    chosen.add(path);
    save();
  },
  brought: save,
  lost: () => say("lost", LOST),
  expired: () => sayExpired(false),
  reload: () => {
    leaving = true;
    window.location.reload();
  },
});
let saved = form.dataset.foundAgain === undefined ? typed() : null;
let revision = Number(form.dataset.revision);
let sent = null; // what left without an answer: it goes again, the same, before anything newer
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

function keepCopy() {
  const entry = sent || { start: start.value, data: null };
  const held = unsaved() || together.disputes.size > 0;
  copy.keep(held ? { start: entry.start, first: entry.data, data: typed() } : null);
}

// Where things stand. What is seen changes with each save; what is said aloud, with each change of state only.

function isState(...names) {
  return names.includes(panel.dataset.state);
}

function say(state, text) {
  panel.dataset.state = state;
  line.textContent = text;
  if (state !== "sending" && state !== spoken) {
    spoken = state;
    voice.textContent = text;
  }
}

// The link stays the same one while the state lasts: leaving a field saves, and its answer must not take the link from
// under the finger that presses it.
function sayExpired(kept) {
  if (line.querySelector("a") === null) {
    const made = document.createElement("a");
    made.href = form.dataset.signIn;
    made.rel = "noopener";
    made.textContent = "Se reconnecter";
    say("expired", EXPIRED);
    line.append(" ", made);
  }
  line.querySelector("a").target = !kept && unsaved() ? "_blank" : ""; // then this page alone holds what was typed
}

function sayWhatIsSaved(answer) {
  const labels = answer.conflicts.map((conflict) => conflict.label).join(" ; ");
  if (labels === "") {
    say("saved", `Enregistré à ${answer.at}.`);
  } else {
    say("disputed", `Enregistré à ${answer.at}, sauf ce qui attend votre choix : ${labels}.`);
  }
}

// Saving.

function send(entry) {
  const body = new URLSearchParams(entry.data);
  body.set("started_from", entry.start);
  entry.chosen.forEach((path) => body.append("keep", path));
  return ask(form.dataset.autosave, body);
}

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
  if (disputed || isState("stopped")) {
    return false;
  }
  since = 0;
  const something = unsaved();
  sent = sent || { data: typed(), start: start.value, chosen: Array.from(chosen) };
  keepCopy();
  if (something && !isState("lost", "expired")) {
    say("sending", "Enregistrement…");
  }
  const answer = await send(sent);
  if (answer.state === "saved") {
    take(answer, something);
    return true;
  }
  if (answer.state === "lost" && !something) {
    sent = null; // it was only asked what a colleague changed
  } else {
    fail(answer);
  }
  return false;
}

function take(answer, something) {
  start.value = answer.started_from;
  revision = answer.revision;
  saved = sent.data;
  sent.chosen.forEach((path) => chosen.delete(path));
  sent = null;
  together.showOthers(answer.present);
  together.showNews(answer.elsewhere);
  together.showDisputes(answer.conflicts);
  if (something || isState("lost", "expired")) {
    sayWhatIsSaved(answer);
  }
  document.getElementById("retrouvee")?.remove();
  keepCopy();
  if (unsaved()) {
    soon(TYPING_MS);
  }
}

function fail(answer) {
  if (answer.state === "lost") {
    say("lost", LOST);
    timer = window.setTimeout(save, RETRY_MS);
    return;
  }
  sent = null; // refused, thus not written: what is typed by then goes as a whole
  keepCopy();
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

async function beat() {
  if (document.hidden || leaving || running !== null || isState("stopped")) {
    return;
  }
  const answer = await ask(form.dataset.presence, new URLSearchParams());
  if (answer.state === "here") {
    together.showOthers(answer.present);
    if (answer.revision !== revision || isState("lost", "expired")) {
      save();
    }
  } else if (answer.state !== "lost") {
    fail({ kept: false, ...answer });
  }
}

// Typing, and leaving.

function changed(event) {
  if (event.type === "input" && event.target.closest("[data-code-search]") !== null) {
    return; // a search is not a value: it leaves once chosen, or when the field is left
  }
  window.clearTimeout(copyTimer);
  copyTimer = window.setTimeout(keepCopy, COPY_MS);
  if (!isState("lost")) {
    soon(event.type === "change" ? 0 : TYPING_MS);
  }
}

async function submit(event) {
  const settled = !unsaved() && together.disputes.size === 0;
  if (leaving || settled || disputed || isState("stopped", "expired")) {
    leaving = leaving || event.target === form;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const reached = await saveAll();
  if (together.disputes.size > 0) {
    Array.from(together.disputes.values())[0].querySelector("button").focus();
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
  if (event.defaultPrevented || leaving || disputed || !unsaved() || isState("lost", "stopped")) {
    return;
  }
  event.preventDefault();
  const reached = await saveAll();
  if (reached || isState("expired")) {
    leaving = together.disputes.size === 0;
    window.location.assign(link.href);
  }
}

function lastWords() {
  const body = new URLSearchParams(typed());
  body.set("started_from", start.value);
  body.set("csrfmiddlewaretoken", token());
  if (!leaving && !disputed && sent === null && unsaved() && body.toString().length < LAST_WORDS) {
    keepCopy();
    fetch(form.dataset.autosave, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
  }
}

function warn(event) {
  const stuck = isState("lost", "expired", "stopped") || start.value.length + typed().length > LAST_WORDS;
  if (!leaving && ((unsaved() && stuck) || together.disputes.size > 0 || disputed)) {
    event.preventDefault();
  }
}

// What this tab still held when its page was lost: sent as it was, then the page shows the draft as it is.
async function takeUp(held) {
  form.inert = true;
  say("sending", "Nous retrouvons votre dernière saisie…");
  let answer = { state: "saved", started_from: held.start };
  const parts = [held.first, held.data].filter((data) => data !== null);
  while (parts.length > 0 && answer.state === "saved" && !(answer.conflicts || []).length) {
    answer = await send({ data: parts.shift(), start: answer.started_from, chosen: [] });
  }
  if (answer.state === "lost") {
    say("lost", LOST);
    window.setTimeout(() => takeUp(held), RETRY_MS);
  } else if (answer.state === "expired") {
    sayExpired(true);
  } else if (answer.state === "saved" && answer.conflicts.length === 0) {
    copy.keep(null);
    leaving = answer.revision !== revision;
    form.inert = leaving;
    sayWhatIsSaved(answer);
    if (leaving) {
      window.location.reload();
    }
  } else {
    handOver(held.data, answer.started_from || held.start);
  }
}

// Two values of one datum, or a draft that is gone: the page of the button shows what was typed beside.
function handOver(data, from) {
  copy.keep(null);
  const made = document.createElement("form");
  made.method = "post";
  made.action = "?";
  const values = new URLSearchParams(data);
  values.set("started_from", from);
  values.set("csrfmiddlewaretoken", token());
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
document.querySelector("#nouveautes button").addEventListener("click", async () => {
  if (await saveAll()) {
    together.bringIn(together.elsewhere());
  }
});
window.addEventListener("online", () => unsaved() && save());
window.addEventListener("pagehide", lastWords);
window.addEventListener("beforeunload", warn);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !isState("stopped")) {
    (unsaved() ? save : beat)();
  }
});

line.hidden = false;
together.countOthers();
const held = copy.take();
if (disputed) {
  copy.keep(null);
  say("disputed", TO_CHOOSE);
} else if (held !== null) {
  takeUp(held);
} else if (unsaved()) {
  save();
}
window.setInterval(beat, Number(form.dataset.beat) * 1000);
