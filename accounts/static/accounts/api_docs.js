// The API's pages: Swagger UI over our own document, without anything from elsewhere.
(() => {
  "use strict";
  const root = document.documentElement;
  const place = document.getElementById("api-docs");
  const device = matchMedia("(prefers-color-scheme: dark)");

  // Swagger UI has its own dark sheet, under a class of its own.
  const follow = () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : device.matches;
    root.classList.toggle("dark-mode", isDark);
  };
  document.addEventListener("portal:theme", follow);
  device.addEventListener("change", follow);
  follow();

  window.SwaggerUIBundle({
    url: place.dataset.schema,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    docExpansion: "list",
    displayRequestDuration: true,
    validatorUrl: null,
    supportedSubmitMethods: ["get"],
    presets: [window.SwaggerUIBundle.presets.apis],
  });
})();
