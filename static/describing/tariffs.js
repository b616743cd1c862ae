/* A tariff shows the data of its type only; without this script all are shown, each with the types that it is for.
   What holds a value stays in sight, so that it can be emptied. */
"use strict";

function holdsSomething(question) {
  return Array.from(question.querySelectorAll("input, select, textarea")).some((field) => {
    if (field.type === "checkbox" || field.type === "radio") {
      return field.checked;
    }
    return field.value !== "";
  });
}

function showItsOwn(row, kind) {
  row.querySelectorAll("[data-kinds]").forEach((question) => {
    const own = kind === "" || question.dataset.kinds.split(" ").includes(kind);
    question.hidden = !own && !holdsSomething(question);
  });
}

document.querySelectorAll("select[name^='tariffs.'][name$='.kind']").forEach((select) => {
  const row = select.closest(".ror-row");
  showItsOwn(row, select.value);
  select.addEventListener("change", () => {
    showItsOwn(row, select.value);
    const more = row.querySelector("details");
    if (more !== null && select.value !== "") {
      more.open = true;
    }
  });
});
