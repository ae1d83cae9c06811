// A click on a score sends it, without a further press of the button. Only a person's click does:
// no timer, no load, no preselection. Arrow keys and digits choose a score and send nothing; Enter
// or the button sends then. Choosing also shows what is asked of those on the score's level.
(() => {
  "use strict";

  const form = document.querySelector("[data-answer]");
  if (!form) return;
  const status = form.querySelector("[data-status]");
  const button = form.querySelector("[type=submit]");
  const followUp = form.querySelector("[data-follow-up]");
  const levels = form.dataset.scoreLevels.split(" ");
  const lowest = Number(form.dataset.lowest);
  const TWO_DIGITS_WITHIN = 1500; // milliseconds from 1 to 0 that make a 10
  let sending = Promise.resolve();
  let lastDigit = { digit: "", at: 0 };

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

  function showLevel(score) {
    const level = levels[Number(score) - lowest];
    form.elements.level.value = level;
    followUp.textContent = followUp.dataset[level];
    for (const question of form.querySelectorAll("[data-levels]")) {
      const isAsked = question.dataset.levels.split(" ").includes(level);
      question.hidden = !isAsked;
      question.disabled = !isAsked; // what is not asked is not sent
    }
  }

  function scoreOf(event) {
    const typed = event.key;
    const isTen = typed === "0" && lastDigit.digit === "1"
      && event.timeStamp - lastDigit.at < TWO_DIGITS_WITHIN;
    lastDigit = { digit: isTen ? "" : typed, at: event.timeStamp };
    const wanted = isTen ? "10" : typed;
    return form.querySelector(`input[name=score][value="${wanted}"]`)
      || form.querySelector(`input[name=score][value="${typed}"]`);
  }

  form.addEventListener("change", (event) => {
    if (event.target.name === "score") showLevel(event.target.value);
  });

  form.addEventListener("click", (event) => {
    const radio = event.target.closest("input[name=score]");
    // A click that arrow keys cause has no detail; one of a finger or a mouse counts its presses.
    if (!radio || event.detail === 0 || !event.isTrusted || "preview" in form.dataset) return;
    sending = sending.then(() => send(radio.value)); // one after the other: the last one stands
  });

  document.addEventListener("keydown", (event) => {
    if (!/^[0-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("textarea, input:not([type=radio], [type=checkbox])")) return;
    const radio = scoreOf(event);
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.focus();
    showLevel(radio.value);
  });
})();
