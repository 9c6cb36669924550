// "/" goes to the search; G then H, O, P or S goes to a console page. Never while typing, never with a modifier.
(() => {
  const places = { h: "/console/", o: "/console/orders", p: "/console/products", s: "/console/stock" };
  let gone = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (event.key === "/") {
      const search = document.querySelector('.list input[type="search"], [data-key="/"], #find');
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (!document.body.classList.contains("console")) return;
    const place = places[event.key.toLowerCase()];
    if (place && performance.now() - gone < 1200) location.assign(place);
    gone = event.key.toLowerCase() === "g" ? performance.now() : 0;
  });
})();
