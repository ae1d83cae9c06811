// For a walk by Tab: `controls` lists what should be reached, in the order of the document; `at`
// says where the focus is, and whether it shows. A group of radio buttons is one stop, and so is
// what a closed dialog or details keeps away.
() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, "
    + "[tabindex], [contenteditable]";
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor",
    "backgroundColor", "textDecorationLine", "color", "clipPath", "position", "transform"];

  const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("[inert]");
  const named = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 140);
  const style = (one, part) => {
    const found = getComputedStyle(one, part);
    return LOOKS.map((name) => found[name]).join();
  };
  const around = (one) => [one, one.parentElement, one.nextElementSibling, ...(one.labels ?? [])];
  const look = (one) => [
    ...around(one).filter(Boolean).map((each) => style(each)),
    style(one, "::before"),
    style(one, "::after"),
  ].join("|");

  const radios = (one) => one.matches("input[type=radio]")
    ? [...document.querySelectorAll("input[type=radio]")].filter(
      (other) => other.name === one.name && other.form === one.form && !other.disabled)
    : [];
  const stop = (one) => {
    const group = radios(one);
    return group.length ? group.find((other) => other.checked) ?? group[0] : one;
  };

  const found = [...document.querySelectorAll(CONTROLS)].filter((one) => shown(one) && !one.disabled
    && one.tabIndex >= 0 && stop(one) === one && !one.matches("iframe"));
  const rest = new Map();
  document.activeElement?.blur();
  for (const one of found) rest.set(one, look(one));

  window.tabbing = {
    controls: (root) => found.map((one, number) => [one, number])
      .filter(([one]) => (root ? document.querySelector(root) : document).contains(one))
      .map(([one, number]) => [number, named(one)]),
    at: () => {
      const one = document.activeElement;
      if (!one || one === document.body) return {number: null, name: "", shows: true};
      const place = found.indexOf(radios(one).length ? stop(one) : one);
      const seen = found[place] ?? one;
      return {
        number: place < 0 ? null : place,
        name: named(one),
        shows: !rest.has(seen) || look(one) !== rest.get(seen),
      };
    },
  };
}
