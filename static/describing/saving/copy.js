/* What a tab still holds of a step, until it is saved: in sessionStorage, thus for this tab alone.

   Nothing of level 3 is left on a device: contacts of that level, private emergency lines, sensitive units. */

export function makeCopy(form) {
  const name = `ror-brouillon:${form.dataset.account}:${window.location.pathname}`;

  function isVolatile() {
    const closed = ([field, value]) =>
      (field === "sensitive" && value === "true") ||
      (field.endsWith(".level") && value === "3") ||
      (field.endsWith(".private_emergency_line") && value === "true");
    return form.dataset.volatile !== undefined || Array.from(new FormData(form)).some(closed);
  }

  return {
    keep(held) {
      try {
        if (held === null || isVolatile()) {
          window.sessionStorage.removeItem(name);
        } else {
          window.sessionStorage.setItem(name, JSON.stringify(held));
        }
      } catch (error) {
        // Storage refused by the browser: the page itself still holds what was typed, and warns before it is left.
      }
    },

    take() {
      try {
        return JSON.parse(window.sessionStorage.getItem(name));
      } catch (error) {
        return null;
      }
    },
  };
}
