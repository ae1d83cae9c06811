// The list of customers: ticking a whole page, and saying how many are ticked.
(() => {
  "use strict";

  const said = (form) => {
    const boxes = [...form.querySelectorAll("input[name=pick]")];
    const count = boxes.filter((box) => box.checked).length;
    const all = form.querySelector("[data-tick-all]");
    if (all) {
      all.checked = count > 0 && count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
    const words = form.querySelector("[data-ticked]");
    if (words) words.textContent = count ? words.dataset.ticked.replace("{count}", count) : "";
  };

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-ticks]");
    if (!form) return;
    if (event.target.hasAttribute("data-tick-all")) {
      for (const box of form.querySelectorAll("input[name=pick]")) box.checked = event.target.checked;
    }
    if (event.target.hasAttribute("data-tick-all") || event.target.name === "pick") said(form);
  });

  // Back in the history, a browser keeps the ticks.
  addEventListener("pageshow", () => document.querySelectorAll("[data-ticks]").forEach(said));
})();
