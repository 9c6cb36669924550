// A change of the basket draws it anew. The focus stays where it was: on the same control, or on what took its place (the way back to
// what was taken out, the number where a button has come to its end). What the basket comes to is said to screen readers.
(() => {
  let before = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    const within = event.detail.target?.id === "cart" && event.detail.target.contains(active);
    before = within ? { id: active.id, product: active.form?.elements.product?.value } : null;
  });

  document.addEventListener("htmx:afterSettle", () => {
    const cart = document.getElementById("cart");
    if (!before || !cart) return;
    const { id, product } = before;
    before = null;
    const usable = (one) => one && !one.disabled && one;
    const forms = [...cart.querySelectorAll("form")].filter((form) => form.elements.product?.value === product);
    const fields = forms.flatMap((form) => [...form.elements]).filter((one) => one.type !== "hidden" && one.offsetParent);
    (usable(document.getElementById(id)) || fields.find((one) => one.type === "number") || fields.find(usable) || cart).focus();
    document.getElementById("says").textContent = cart.dataset.say;
  });
})();
