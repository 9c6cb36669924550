// The button says the amount: it follows the quantities beside it. A form with data-amount="EUR" has inputs called quantity,
// their prices in data-price (on the input, or once on the button), and the words in [data-amount-text].
(() => {
  const digits = (currency) => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  const signs = { EUR: "€", USD: "$", GBP: "£", JPY: "¥", INR: "₹" };

  function text(minor, currency) {
    const places = digits(currency);
    const amount = (minor / 10 ** places).toLocaleString("en-GB", { minimumFractionDigits: places, maximumFractionDigits: places });
    return signs[currency] ? signs[currency] + amount : `${amount}\u00a0${currency}`;
  }

  function follow(form) {
    const inputs = [...form.querySelectorAll('input[name="quantity"]')];
    const once = Number(form.querySelector("button[data-price]")?.dataset.price);
    const look = () => {
      const quantities = inputs.map((input) => (/^\d+$/.test(input.value.trim()) ? Number(input.value) : NaN));
      const total = quantities.reduce((sum, quantity, at) => sum + quantity * Number(inputs[at].dataset.price ?? once), 0);
      const known = Number.isSafeInteger(total) && total > 0;
      form.querySelectorAll("[data-amount-part]").forEach((part) => (part.hidden = !known));
      if (!known) return;
      document.querySelectorAll("[data-amount-text]").forEach((place) => (place.textContent = text(total, form.dataset.amount)));
      form.querySelectorAll('input[name="amount"]').forEach((field) => (field.value = total));
      inputs.forEach((input, at) => document.querySelectorAll(`[data-line-text="${at}"]`).forEach((place) => {
        place.textContent = text(quantities[at] * Number(input.dataset.price ?? once), form.dataset.amount);
      }));
    };
    form.addEventListener("input", look);
    addEventListener("pageshow", look); // The browser may have put back what was typed.
    look();
  }
  const wake = (root) => root.querySelectorAll?.("form[data-amount]:not([data-follows])").forEach((form) => {
    form.dataset.follows = "yes";
    follow(form);
  });
  wake(document);
  document.addEventListener("htmx:load", (event) => wake(event.target)); // A live page may bring a form in.
})();
