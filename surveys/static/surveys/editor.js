// Shows what a contact would see as it is written: the form is posted into the frame beside it, by
// the preview's own button, a moment after something has changed. Without scripts the button does.
(() => {
  "use strict";

  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const PAUSE = 500; // milliseconds without a further change
  let look = form.querySelector("[data-look]");
  let waiting = 0;

  form.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-look]");
    if (pressed) look = pressed;
  });

  form.addEventListener("input", (event) => {
    if (event.target.name === "look_device") return; // only another width of the same
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(look), PAUSE);
  });
})();
