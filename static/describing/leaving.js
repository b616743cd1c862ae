/* Pages that publish as they save: nothing leaves before its button. What is typed is not left behind by mistake, nor sent
   to a portal that does not answer; nothing of it is kept on the device. */
"use strict";

(function () {
  const form = document.getElementById("publie");
  const line = document.getElementById("injoignable");
  const typed = () => new URLSearchParams(new FormData(form)).toString();
  const opened = form.dataset.found === undefined ? typed() : null;
  let leaving = false;

  async function answers() {
    try {
      return (await fetch(window.location.pathname, { method: "HEAD", credentials: "same-origin" })).status < 500;
    } catch (error) {
      return false;
    }
  }

  form.addEventListener("submit", async (event) => {
    if (leaving) {
      return;
    }
    event.preventDefault();
    line.hidden = true;
    leaving = await answers();
    line.hidden = leaving;
    if (leaving) {
      form.requestSubmit(event.submitter);
    }
  });
  form.querySelector("[data-leave]").addEventListener("click", () => {
    leaving = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && typed() !== opened) {
      event.preventDefault();
    }
  });
})();
