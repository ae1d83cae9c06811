// Runs in the head, before anything is painted: the reader's choice of light or dark, kept on the
// device. Without it (or without scripts at all) the pages follow the device.
(() => {
  "use strict";
  const KEY = "portal-theme";
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch {
      return "auto"; // storage is forbidden here: nothing was chosen
    }
  };

  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
    document.dispatchEvent(new CustomEvent("portal:theme", { detail: { theme } }));
  };

  root.dataset.scripts = "";
  apply(stored());

  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  window.addEventListener("storage", (event) => {
    if (event.key === KEY) apply(stored());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => apply(stored()));

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-choice]");
    if (!button) return;
    const theme = button.dataset.themeChoice;
    try {
      if (theme === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // Not kept, then; it still holds for this page.
    }
    apply(theme);
  });
})();
