/* Asking the portal, from a page that may be hours old: each answer is an object whose `state` says what became of it. */

const PATIENCE_MS = 20000;
const REFUSED = "Pas encore enregistré : utilisez le bouton « Enregistrer ».";

/* `lost`: no answer, or none of the portal's; `expired`: nobody is signed in any more. */
export async function ask(address, body) {
  try {
    const answer = await post(address, body);
    const stale = answer.state === "expired" && answer.status === 403;
    return stale && (await renewToken()) ? await post(address, body) : answer;
  } catch (error) {
    return { state: "lost" };
  }
}

/* The page as the portal shows it now. */
export async function freshPage() {
  const answer = await fetch(window.location.pathname, { credentials: "same-origin" });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function token() {
  return document.querySelector("#saisie [name=csrfmiddlewaretoken]").value;
}

async function post(address, body) {
  body.set("csrfmiddlewaretoken", token());
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

// Signed in again from another tab: the page takes the token of the new session, when there is one.
async function renewToken() {
  const renewed = (await freshPage()).querySelector("#saisie [name=csrfmiddlewaretoken]");
  if (renewed === null) {
    return false;
  }
  document.querySelectorAll("[name=csrfmiddlewaretoken]").forEach((field) => {
    field.value = renewed.value;
  });
  return true;
}
