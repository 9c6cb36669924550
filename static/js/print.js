// Printing wants a script, so its buttons show only where one runs, also in what a live page brings in.
(() => {
  const show = (root) => root.querySelectorAll?.("[data-print]").forEach((button) => (button.hidden = false));
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.target));
  document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
})();
