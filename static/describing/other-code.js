// A question cut by an entry model has two fields, the short list and « Un autre code »: the last one used is the answer.
// Without this file what is written under « Un autre code » replaces the choice of the list, as its hint says.
(() => {
  "use strict";

  const SUFFIX = "-autre";

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.name || !field.value) return;
    if (field.matches("select")) {
      const other = document.getElementById(`${field.id}${SUFFIX}`);
      if (other) other.value = "";
    } else if (field.name.endsWith(SUFFIX)) {
      const list = document.getElementById(field.id.slice(0, -SUFFIX.length));
      if (list) list.value = "";
    }
  });
})();
