// A click on a score sends it, without a further press of the button. Only a person's click does:
// no timer, no load, no preselection; moving through the scores by arrow keys chooses and sends
// nothing (Enter or the button sends then).
(() => {
  "use strict";

  const form = document.querySelector("[data-answer]");
  if (!form) return;
  const status = form.querySelector("[data-status]");
  const button = form.querySelector("[type=submit]");
  let sending = Promise.resolve();

  async function send(score) {
    const body = new URLSearchParams({ score });
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body,
        headers: { "X-Requested-With": "fetch" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      form.elements.seen.value = (await answer.json()).version;
      status.textContent = form.dataset.saved;
      button.textContent = form.dataset.save;
    } catch {
      status.textContent = form.dataset.notSaved;
    }
  }

  form.addEventListener("click", (event) => {
    const radio = event.target.closest("input[name=score]");
    // A click that arrow keys cause has no detail; one of a finger or a mouse counts its presses.
    if (!radio || event.detail === 0 || !event.isTrusted) return;
    sending = sending.then(() => send(radio.value)); // one after the other: the last one stands
  });
})();
