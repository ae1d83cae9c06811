// Draws every <div data-chart="id"> from the Vega-Lite spec in the JSON script of that id.
// Bundled with Vega by `manage.py build_assets`. Expressions are interpreted, and the library's
// own styles are off, so that the page's policy needs neither unsafe-eval nor unsafe-inline.

const probe = document.createElement("span");
probe.hidden = true;

// The theme's colour of `var(--name)`, resolved: a custom property alone may hold light-dark().
function colour(reference) {
  probe.style.color = "";
  probe.style.color = reference;
  return getComputedStyle(probe).color;
}

function coloured(value) {
  if (typeof value === "string") return value.startsWith("var(--") ? colour(value) : value;
  if (Array.isArray(value)) return value.map(coloured);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part)]));
  }
  return value;
}

function look() {
  const label = colour("var(--chart-label)");
  const grid = colour("var(--chart-grid)");
  const axis = colour("var(--chart-axis)");
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: { stroke: null },
    padding: { left: 2, right: 10, top: 8, bottom: 6 },
    axis: {
      labelColor: label, labelFont: font, labelFontSize: 12, labelPadding: 6,
      gridColor: grid, domainColor: axis, tickColor: axis, domain: false, ticks: false,
      tickCount: 5,
    },
    axisX: { grid: false, domain: true, labelFlush: true },
    bar: { cornerRadius: 1 },
  };
}

async function draw(element) {
  const spec = JSON.parse(document.getElementById(element.dataset.chart).textContent);
  element.view?.finalize();
  const result = await vegaEmbed(element, { ...coloured(spec), config: { ...look(), ...spec.config } }, {
    mode: "vega-lite",
    ast: true,
    actions: false,
    renderer: "canvas",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    forceActionsMenu: false,
  });
  element.view = result.view;
  element.dataset.drawn = "true";
}

function drawAll(root) {
  document.body.append(probe);
  for (const element of root.querySelectorAll("[data-chart]")) {
    draw(element).catch((error) => {
      element.dataset.drawn = "failed";
      console.error(error);
    });
  }
}

const start = () => drawAll(document);
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
document.addEventListener("portal:theme", start);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", start);
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) drawAll(event.target);
});
