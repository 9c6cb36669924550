// A row that scrolls sideways on a narrow screen (tabs, the shop's chips) begins with what is chosen in the middle of it, so that what
// stands on either side peeps in. Without a script such a row has its own order, and is scrolled by hand or wraps.
(() => {
  const rows = ".tabs, .chips-shop";

  function show(row) {
    const chosen = row.querySelector("[aria-current]");
    if (!chosen || row.scrollWidth <= row.clientWidth) return;
    const [one, all] = [chosen.getBoundingClientRect(), row.getBoundingClientRect()];
    row.scrollLeft += one.left + one.width / 2 - (all.left + all.width / 2);
  }

  const all = (root) => root.querySelectorAll?.(rows).forEach(show);
  all(document);
  document.addEventListener("htmx:load", (event) => all(event.target));
})();
