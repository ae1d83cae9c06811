// The search palette and the shortcuts. Without it the link in the bar opens the search page.
(() => {
  "use strict";

  const palette = document.getElementById("palette");
  const shortcuts = document.getElementById("shortcuts");
  const field = palette.querySelector("input[type=search]");
  const results = document.getElementById("palette-results");
  const isOn = document.getElementById("shortcuts-on");
  const KEY = "portal:shortcuts";
  const WAIT = 1200; // for the second key of two

  const stored = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  isOn.checked = stored() !== "off";
  isOn.addEventListener("change", () => {
    try { localStorage.setItem(KEY, isOn.checked ? "on" : "off"); } catch { /* for this page only */ }
  });

  const open = (dialog) => {
    if (dialog.open) return;
    for (const other of [palette, shortcuts]) if (other.open) other.close();
    dialog.showModal();
  };

  const search = () => {
    open(palette);
    field.focus();
    field.select();
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-open-palette]")) {
      event.preventDefault();
      search();
    } else if (event.target.closest?.("[data-open-shortcuts]")) {
      open(shortcuts);
    } else if (event.target.closest?.("[data-close-dialog]")) {
      event.target.closest("dialog").close();
    } else if (event.target === palette || event.target === shortcuts) {
      event.target.close(); // the backdrop
    }
  });

  // Up and down go through what was found; the field takes up whatever is typed.
  palette.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...results.querySelectorAll("a")];
    if (!links.length) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    if (at < 0) field.focus();
    else links[Math.min(at, links.length - 1)].focus();
  });

  palette.querySelector("form").addEventListener("submit", (event) => {
    const first = results.querySelector("a");
    if (first && field.value.trim()) {
      event.preventDefault();
      first.click();
    }
  });

  const isTyping = (element) =>
    element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  let went = -Infinity; // when "g" was pressed
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !isOn.checked) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.timeStamp - went < WAIT) {
      went = -Infinity;
      document.querySelector(`.side a[data-shortcut="${CSS.escape(event.key)}"]`)?.click();
    } else if (event.key === "g") {
      went = event.timeStamp;
    } else if (event.key === "/") {
      event.preventDefault();
      search();
    } else if (event.key === "?") {
      open(shortcuts);
    } else {
      document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });
})();
