/* Two people on one draft: who else is there, what they changed, the data that both changed and one has to choose. */

import { freshPage } from "./portal.js";

const panel = document.getElementById("enregistrement");
const others = document.getElementById("presents");
const news = document.getElementById("nouveautes");

/* `says` speaks aloud; `keep(path)` keeps what was typed over what a colleague said; `brought()` follows a page that
   took something from a colleague; `lost()` says that the portal does not answer, `expired()` that nobody is signed in;
   `reload()` leaves for the page as it is now. */
export function makeTogether({ says, keep, brought, lost, expired, reload }) {
  const disputes = new Map(); // path → the box that shows both sides
  let elsewhere = [];

  function showOthers(lines) {
    const known = others.children.length;
    const items = lines.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    });
    others.replaceChildren(...items);
    countOthers();
    if (lines.length > known) {
      says(lines[lines.length - 1]);
    }
  }

  function countOthers() {
    const count = others.children.length;
    const line = panel.querySelector(".ror-saving__others");
    line.hidden = count === 0;
    line.querySelector("a").textContent =
      count > 1 ? `${count} autres personnes ont ce brouillon ouvert` : "1 autre personne a ce brouillon ouvert";
  }

  function showNews({ paths, message }) {
    const text = news.querySelector("p");
    elsewhere = paths;
    if (message !== "" && text.textContent !== message) {
      says(message);
    }
    text.textContent = message;
    news.hidden = message === "";
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
    const mine = button("Garder ma saisie", () => {
      focusOn(path);
      keep(path);
    });
    box.append(document.createElement("p"), mine, button("Prendre la sienne", () => bringIn([path])));
    const place = document.getElementById(`id_${path}-messages`) || document.getElementById(`id_${path}`);
    (place || document.getElementById("saisie")).append(box);
    openAround(box);
    return box;
  }

  /* Show what a colleague saved at these paths instead of what this page shows; then the page starts from there. */
  async function bringIn(paths) {
    let fresh = null;
    try {
      fresh = await freshPage();
    } catch (error) {
      lost();
      return;
    }
    if (fresh.getElementById("saisie") === null) {
      expired();
      return;
    }
    const missed = paths.filter((path) => !bring(path, fresh));
    if (missed.length > 0 && disputes.size === 0) {
      reload();
      return;
    }
    focusOn(paths.find((path) => at(path) !== null) || paths[0]);
    brought();
  }

  function bring(path, fresh) {
    const here = at(path);
    const there = fresh.querySelector(`[data-path="${path}"]`);
    disputes.delete(path);
    if (here === null) {
      return there !== null && there.classList.contains("ror-row") && addRow(path, there);
    }
    if (there === null) {
      here.remove();
    } else {
      there.classList.add("ror-brought");
      here.replaceWith(document.adoptNode(there));
    }
    return true;
  }

  return { disputes, showOthers, countOthers, showNews, showDisputes, bringIn, elsewhere: () => elsewhere };
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

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "fr-btn fr-btn--sm fr-btn--secondary";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function at(path) {
  return document.querySelector(`[data-path="${path}"]`);
}

function openAround(element) {
  for (let more = element.closest("details"); more !== null; more = more.parentElement.closest("details")) {
    more.open = true;
  }
}

function focusOn(path) {
  const field = document.getElementById(`id_${path}`) || at(path) || document.getElementById("etape");
  openAround(field);
  field.focus();
}
