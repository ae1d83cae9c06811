// What cannot be reached by Tab, or looks the same with and without the focus.
() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, "
    + "[tabindex], [contenteditable], [role=button], [role=link], [role=tab], [hx-get], [hx-post]";
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor",
    "backgroundColor", "textDecorationLine", "color", "clipPath", "position", "transform"];
  const NATIVE = ["A", "BUTTON", "INPUT", "SELECT", "TEXTAREA", "SUMMARY"];

  const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("[inert]");
  const around = (one) => [one, one.parentElement, one.nextElementSibling, ...(one.labels ?? [])];
  const styles = (one, part) => {
    const style = getComputedStyle(one, part);
    return LOOKS.map((name) => style[name]).join();
  };
  const look = (one) => [
    ...around(one).filter(Boolean).map((each) => styles(each)),
    styles(one, "::before"),
    styles(one, "::after"),
  ].join("|");
  const named = (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 140);

  const found = [];
  for (const one of document.querySelectorAll(CONTROLS)) {
    if (!shown(one) || one.disabled || one.matches("iframe, [aria-hidden=true]")) continue;
    const isNative = NATIVE.includes(one.tagName);
    const acts = isNative || one.matches("[role=button], [role=link], [role=tab], [contenteditable]");
    if (one.tabIndex > 0) found.push(`jumps the queue: ${named(one)}`);
    if (one.tabIndex < 0) {
      if (acts && !one.closest("[role=tablist], [role=listbox], [role=menu]")) {
        found.push(`is out of reach: ${named(one)}`);
      }
      continue;
    }
    document.activeElement?.blur();
    const before = look(one);
    one.focus({preventScroll: true});
    if (document.activeElement !== one) {
      found.push(`does not take the focus: ${named(one)}`);
    } else if (look(one) === before) {
      found.push(`does not show the focus: ${named(one)}`);
    }
  }
  document.activeElement?.blur();
  return found;
}
