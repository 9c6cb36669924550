// A change of the basket draws it anew. The focus stays where it was: on the same control, or for who uses a keyboard on what took its
// place (the way back to what was taken out, the number). What the basket comes to is said to screen readers.
(() => {
  let before = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if (target?.id !== "cart") return; // The number beside the basket is drawn anew as well, and has no say here.
    const active = document.activeElement;
    before = target.contains(active) ? { id: active.id, product: active.form?.elements.product?.value, keys: active.matches(":focus-visible") } : null;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const cart = document.getElementById("cart");
    if (!before || !cart || event.detail.target?.id !== "cart") return;
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
