// The popover of a row: its figure has the focus, Escape closes it, and then the focus is where it was.
(() => {
  let opener = "";
  let shown = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".editable");
    if (link) opener = link.id;
  });
  document.addEventListener("keydown", (event) => {
    const close = event.key === "Escape" && document.querySelector(".pop [data-escape]");
    if (close) close.click();
  });
  // Figures that move by themselves settle here as well: they are no reason to take the focus from where it is.
  document.addEventListener("htmx:afterSettle", () => {
    const pop = document.querySelector(".pop");
    if (pop === shown) return;
    shown = pop;
    (pop ? pop.querySelector(".sums .input") : document.getElementById(opener))?.focus();
  });
})();
// What moved lately comes as cells of the list: those that are on this page take its figures, and breathe once.
(() => {
  document.addEventListener("htmx:afterSwap", () => {
    document.querySelectorAll("#stock-moved [data-figure]").forEach((fresh) => {
      const row = document.querySelector(`tr[data-stock="${fresh.parentElement.dataset.stock}"]`);
      const cell = row?.querySelector(`[data-figure="${fresh.dataset.figure}"]`);
      if (!cell || cell.isEqualNode(fresh)) return;
      cell.replaceChildren(...fresh.cloneNode(true).childNodes);
      row.classList.remove("breathe");
      requestAnimationFrame(() => row.classList.add("breathe"));
    });
  });
})();
