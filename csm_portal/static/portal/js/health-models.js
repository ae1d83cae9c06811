// Comfort for the editor of a health model: shares follow the sliders, curves follow their points,
// and points can be dragged. What counts are the fields; the page works without this.
(() => {
  "use strict";

  const WIDTH = 240;
  const HEIGHT = 96;
  const MARGIN = 8; // as metrics/health/drawing.py draws
  const form = document.getElementById("recipe");
  if (!form) return;

  const number = (text) => {
    const value = Number(text.trim().replace(",", "."));
    return text.trim() === "" || !Number.isFinite(value) ? null : value;
  };
  const tenth = (value) => Math.round(value * 10) / 10;
  const notation = document.documentElement.dataset.notation; // "": the portal's own
  const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const percent = (share) =>
    notation
      ? share.toLocaleString(notation, { style: "percent", ...tenths })
      : `${(share * 100).toFixed(1)}\u00a0%`;
  const written = (value) =>
    value.toLocaleString(notation || "en", { maximumFractionDigits: 2 }).replace("-", "\u2212");

  const weightOf = (signal) => {
    const isUsed = signal.querySelector("input[name=use]").checked;
    return isUsed ? Number(signal.querySelector("input[type=range]").value) : 0;
  };

  const showShares = () => {
    const signals = [...form.querySelectorAll("[data-signal]")];
    const total = signals.reduce((sum, signal) => sum + weightOf(signal), 0);
    for (const signal of signals) {
      const words = percent(total ? weightOf(signal) / total : 0);
      signal.querySelector("[data-share]").textContent = words;
      signal.querySelector("input[type=range]").setAttribute("aria-valuetext", words);
    }
    for (const group of form.querySelectorAll(".signal-group")) {
      const sum = [...group.querySelectorAll("[data-signal]")].reduce((all, one) => all + weightOf(one), 0);
      group.querySelector("[data-group-share]").textContent = sum ? percent(sum / total) : "";
    }
  };

  // The pairs of fields of a signal's curve: [{x, y, measure, points}], in order of measure.
  const pointsOf = (signal) => {
    const fields = [...signal.querySelectorAll(".curve-points input")];
    const found = [];
    for (let at = 0; at < fields.length; at += 2) {
      const [x, y] = [fields[at], fields[at + 1]];
      const [measure, points] = [number(x.value), number(y.value)];
      if (measure !== null && points !== null) found.push({ x, y, measure, points });
    }
    return found.sort((one, other) => one.measure - other.measure);
  };

  const scaleOf = (points) => {
    const measures = points.map((point) => point.measure);
    const [low, high] = [Math.min(...measures), Math.max(...measures)];
    return { low, high, room: WIDTH - 2 * MARGIN, tall: HEIGHT - 2 * MARGIN };
  };

  const place = (point, scale) => [
    tenth(MARGIN + ((point.measure - scale.low) / (scale.high - scale.low)) * scale.room),
    tenth(MARGIN + (1 - point.points / 100) * scale.tall),
  ];

  const dotsOf = (picture, count) => {
    const dots = [...picture.querySelectorAll(".curve-dot")];
    for (const dot of dots.splice(count)) dot.remove();
    while (dots.length < count) {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "path");
      dot.setAttribute("class", "curve-dot");
      picture.append(dot);
      dots.push(dot);
    }
    return dots;
  };

  const draw = (signal, scale) => {
    const picture = signal.querySelector(".curve-box .curve");
    const points = picture ? pointsOf(signal) : [];
    if (points.length < 2) return;
    scale ||= scaleOf(points);
    if (scale.high <= scale.low) return;
    const places = points.map((point) => place(point, scale));
    const course = [[0, places[0][1]], ...places, [WIDTH, places.at(-1)[1]]];
    const line = `M${course.map((pair) => pair.join(" ")).join("L")}`;
    for (const name of ["curve-area", "curve-line"]) {
      if (picture.querySelector(`.${name}`)) continue;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", name);
      picture.append(path);
    }
    picture.querySelector(".curve-line").setAttribute("d", line);
    picture.querySelector(".curve-area").setAttribute("d", `${line}V${HEIGHT}H0Z`);
    dotsOf(picture, places.length).forEach((dot, at) => {
      dot.dataset.dot = at;
      dot.setAttribute("d", `M${places[at].join(" ")}h0`);
      picture.append(dot);
    });
    signal.querySelector("[data-low]").textContent = written(scale.low);
    signal.querySelector("[data-high]").textContent = written(scale.high);
  };

  // A whole step that is fine enough for the axis: 0.1, 1, 10 ...
  const stepOf = (scale) => 10 ** Math.floor(Math.log10((scale.high - scale.low) / 50));

  let held = null;

  form.addEventListener("pointerdown", (event) => {
    const dot = event.target.closest(".curve-dot");
    const signal = dot && dot.closest("[data-signal]");
    if (!signal) return;
    const points = pointsOf(signal);
    const at = Number(dot.dataset.dot);
    held = { signal, dot, at, points, scale: scaleOf(points), picture: dot.closest("svg") };
    dot.classList.add("is-held");
    dot.setPointerCapture(event.pointerId);
    event.preventDefault();
  });

  form.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { points, at, scale } = held;
    const box = held.picture.getBoundingClientRect();
    const across = ((event.clientX - box.left) / box.width) * WIDTH;
    const up = ((event.clientY - box.top) / box.height) * HEIGHT;
    const step = stepOf(scale);
    const raw = scale.low + ((across - MARGIN) / scale.room) * (scale.high - scale.low);
    const least = at > 0 ? points[at - 1].measure + step : -Infinity;
    const most = at < points.length - 1 ? points[at + 1].measure - step : Infinity;
    const isEnd = at === 0 || at === points.length - 1;
    const wanted = Math.min(Math.max(Math.round(raw / step) * step, least), most);
    const one = points[at];
    // The ends keep their measure, or the axis would run away below the pointer.
    if (!isEnd) one.measure = Number(wanted.toFixed(6));
    one.points = Math.min(Math.max(Math.round((1 - (up - MARGIN) / scale.tall) * 100), 0), 100);
    one.x.value = String(one.measure);
    one.y.value = String(one.points);
    draw(held.signal, scale);
  });

  const release = () => {
    if (!held) return;
    held.dot.classList.remove("is-held");
    held.points[held.at].y.dispatchEvent(new Event("input", { bubbles: true }));
    held = null;
  };
  form.addEventListener("pointerup", release);
  form.addEventListener("pointercancel", release);

  form.addEventListener("input", (event) => {
    const signal = event.target.closest("[data-signal]");
    if (!signal) return;
    if (event.target.matches("input[name=use], input[type=range]")) showShares();
    if (event.target.closest(".curve-points")) draw(signal);
  });

  showShares();

  // Who is quicker than the scripts has moved something that nobody heard: it is heard now.
  const isMoved = (field) =>
    field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;

  window.addEventListener("load", () => {
    const moved = [...form.querySelectorAll("input:not([type=hidden])")].filter(isMoved);
    for (const field of moved) field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
