// Comfort for pages that work without it.
(() => {
  "use strict";

  const openMenus = () => document.querySelectorAll("details.menu[open]");

  // A menu closes when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // <form data-auto-submit>: a choice takes effect at once, except the dates, which need both.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !form.hasAttribute("data-auto-submit")) return;
    if (event.target.type === "date" || event.target.value === "custom") return;
    form.requestSubmit();
  });

  // A table that fits needs no scroll bar of its own, so that its head can stay in sight.
  const fitting = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      target.classList.toggle("table-fits", target.scrollWidth <= target.clientWidth);
    }
  });
  for (const frame of document.querySelectorAll(".table-frame")) fitting.observe(frame);

  // Where tabs are wider than the screen, the one that is open is in sight.
  const showing = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const open = target.querySelector("[aria-current]");
      if (open) target.scrollLeft = open.offsetLeft - target.offsetLeft - (target.clientWidth - open.offsetWidth) / 2;
    }
  });
  for (const tabs of document.querySelectorAll(".tabs")) showing.observe(tabs);

  // <select data-own-time-zone>: begins with the device's time zone, where it is offered.
  for (const select of document.querySelectorAll("select[data-own-time-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if ([...select.options].some((option) => option.value === zone)) select.value = zone;
  }

  // <button data-copy="id">: the text of that element goes to the clipboard.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const words = button.querySelector("[data-copy-label]");
    const before = words.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      words.textContent = button.dataset.copyDone || "Copied";
    } catch {
      getSelection().selectAllChildren(source); // the reader copies by hand
      words.textContent = button.dataset.copySelected || "Selected";
    }
    setTimeout(() => { words.textContent = before; }, 2000);
  });
})();
