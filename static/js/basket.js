// A change of the basket draws it anew. The focus stays where it was: on the same control, or for who uses a keyboard on what took its
// place (the way back to what was taken out, the number). What the basket comes to is said to screen readers.
(() => {
  let before = null;
  let asked = 0;
  const changed = new Set();
  const ours = (event) => event.detail.target?.id === "cart"; // The number beside the basket is drawn anew as well, and has no say here.

  // A change waits for a moment in which nothing more is pressed, and then for its answer. What is changed meanwhile must not be taken back
  // by an answer that does not know of it: the last answer shows all.
  document.addEventListener("change", (event) => event.target.closest("#cart") && changed.add(event.target.form));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!ours(event)) return;
    changed.delete(event.detail.elt);
    asked += 1;
  });
  document.addEventListener("htmx:validation:halted", (event) => changed.delete(event.detail.elt));
  document.addEventListener("htmx:afterRequest", (event) => ours(event) && (asked -= 1));

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if (!ours(event)) return;
    if (asked > 1 || changed.size) event.detail.shouldSwap = false;
    if (!event.detail.shouldSwap) return;
    const active = document.activeElement;
    before = target.contains(active) ? { id: active.id, product: active.form?.elements.product?.value, keys: active.matches(":focus-visible") } : null;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const cart = document.getElementById("cart");
    if (!before || !cart || !ours(event)) return;
    const { id, product, keys } = before;
    before = null;
    const same = document.getElementById(id);
    const forms = [...cart.querySelectorAll("form")].filter((form) => form.elements.product?.value === product);
    const fields = forms.flatMap((form) => [...form.elements]).filter((one) => one.type !== "hidden" && one.offsetParent && !one.disabled);
    const instead = keys && (fields.find((one) => one.type === "number") ?? fields[0]);
    ((same && !same.disabled && same) || instead || cart).focus();
    document.getElementById("says").textContent = cart.dataset.say;
  });
})();
