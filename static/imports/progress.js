/* Follows a worker: says how far it is, and shows the page again when the import has changed state. */
"use strict";

const box = document.querySelector("[data-import-progress]");

function tell(progress) {
  box.querySelector("[data-words]").textContent = progress.words;
  const bar = box.querySelector("progress");
  const count = box.querySelector("[data-count]");
  if (progress.total > 0) {
    bar.max = progress.total;
    bar.value = progress.done;
    count.textContent = `${progress.done.toLocaleString("fr")} sur ${progress.total.toLocaleString("fr")}`;
  } else {
    bar.removeAttribute("value");
    count.textContent = "";
  }
  box.querySelector("[data-late]").hidden = !progress.late;
}

async function follow() {
  let pause = 1000;
  try {
    const answer = await fetch(box.dataset.importProgress, { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 404) {
      window.location.reload();
      return;
    }
    if (answer.ok) {
      const progress = await answer.json();
      if (progress.state !== box.dataset.state || progress.stuck) {
        window.location.reload();
        return;
      }
      tell(progress);
    }
  } catch {
    pause = 5000; // the connection is cut: it comes back, and the worker does not depend on it
  }
  window.setTimeout(follow, pause);
}

if (box) {
  window.setTimeout(follow, 1000);
}
