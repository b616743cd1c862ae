/* What an account typed and could not send stays on the device until it is sent, or until the account signs out. What a
   tab still holds of a draft goes too: its page has tried to save it just before. */
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
    Object.keys(window.sessionStorage)
      .filter((name) => name.startsWith("ror-brouillon:"))
      .forEach((name) => window.sessionStorage.removeItem(name));
  });
});
