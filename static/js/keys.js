// "/" goes to the search of the page. In the console Ctrl or Cmd with K opens the palette, "?" the keys, and G then H, O, P or I goes to
// a page. Single keys do nothing while somebody types or a dialog is open, and none with a modifier.
(() => {
  const places = { h: "/console/", o: "/console/orders", p: "/console/products", i: "/console/stock" };
  const WAITS = 1200;
  let gone = -WAITS;

  function search() {
    const field = [...document.querySelectorAll('.list input[type="search"], [data-key="/"], #find')].find((one) => one.offsetParent);
    field?.focus();
    field?.select();
    return Boolean(field);
  }

  function open(id) {
    const dialog = document.getElementById(id);
    dialog?.showModal();
    return Boolean(dialog);
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || document.querySelector("dialog[open]")) return;
    const desk = document.body.classList.contains("console");
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (desk && key === "k" && !event.shiftKey && (open("palette") || search())) event.preventDefault();
      return;
    }
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    // Where a page has nothing to search, everything can be searched.
    if (key === "/" && (search() || (desk && open("palette")))) event.preventDefault();
    if (!desk) return;
    if (key === "?" && open("shortcuts")) event.preventDefault();
    if (places[key] && performance.now() - gone < WAITS) location.assign(places[key]);
    gone = key === "g" ? performance.now() : -WAITS;
  });
})();
