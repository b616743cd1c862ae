/* What an account typed and could not send stays on the device until it is sent, or until the account signs out. */
"use strict";

document.querySelectorAll("form[data-forget]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    const kept = Object.keys(window.localStorage).filter((name) => name.startsWith(form.dataset.forget));
    const question = "Des chiffres saisis hors connexion n'ont pas encore été envoyés. Vous déconnecter les efface.";
    if (kept.length > 0 && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    kept.forEach((name) => window.localStorage.removeItem(name));
  });
});
