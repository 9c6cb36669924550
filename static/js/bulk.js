// The bar of a list with boxes before its rows: one box for all of the page, and how many are ticked.
(() => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  // Asked as an attribute: the boxes are called "id", and so bar.id would be them.
  const rows = [...document.querySelectorAll(`input[type="checkbox"][form="${bar.getAttribute("id")}"]`)];
  const page = bar.querySelector("[data-bulk-page]");
  const say = bar.querySelector("[data-bulk-say]");
  let last = null;

  const look = () => {
    const ticked = rows.filter((row) => row.checked).length;
    page.checked = ticked === rows.length;
    page.indeterminate = ticked > 0 && ticked < rows.length;
    say.textContent = ticked === rows.length ? `All ${ticked} on this page` : `${ticked} of ${rows.length} on this page`;
  };
  page.hidden = false;
  page.addEventListener("change", () => {
    rows.forEach((row) => (row.checked = page.checked));
    look();
  });
  // With the shift key everything from the last box to this one follows it.
  rows.forEach((row, at) => row.addEventListener("click", (event) => {
    if (event.shiftKey && last !== null) {
      rows.slice(Math.min(at, last), Math.max(at, last) + 1).forEach((one) => (one.checked = row.checked));
    }
    last = at;
    look();
  }));
  addEventListener("pageshow", look);
  look();
})();
