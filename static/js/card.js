// Stripe's own card field: the number is typed into a frame of theirs, and this form gets a token of it, one for each order.
(() => {
  const box = document.querySelector("[data-card]");
  if (!box) return;
  const form = box.closest("form");
  const place = box.querySelector(".shop-card-field");
  const token = form.querySelector('input[name="token"]');
  const kept = box.querySelector("[data-card-kept]");
  const alert = box.querySelector("[data-card-say]");
  const say = (text) => {
    alert.querySelector("span").textContent = text;
    alert.hidden = !text;
    place.toggleAttribute("data-wrong", Boolean(text));
  };
  if (!window.Stripe) {
    say("The card field could not be loaded. Look whether something in your browser blocks js.stripe.com, and load the page again.");
    return;
  }

  // The field is in a frame, where our stylesheet does not reach: it is told how our own fields look.
  const look = () => {
    const ours = getComputedStyle(form.querySelector('input[name="email"]'));
    const soft = getComputedStyle(box.querySelector(".hint")).color;
    return {
      base: { color: ours.color, iconColor: soft, fontSize: ours.fontSize, fontFamily: "system-ui, sans-serif", "::placeholder": { color: soft } },
      invalid: { color: getComputedStyle(alert).color, iconColor: getComputedStyle(alert).color },
    };
  };
  const stripe = window.Stripe(box.dataset.card);
  const card = stripe.elements().create("card", { style: look(), hidePostalCode: true });
  place.replaceChildren();
  card.mount(place);
  box.addEventListener("focus", () => card.focus());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => card.update({ style: look() }));

  const orders = Number(box.dataset.orders);
  const ready = () => token.value.split(" ").filter(Boolean).length >= orders;
  let busy = false;
  card.on("change", (event) => {
    // Whatever was kept is another card than the one that is typed now.
    if (!event.empty) token.value = "";
    kept.hidden = !token.value;
    say(event.error ? event.error.message : "");
  });

  form.addEventListener("submit", async (event) => {
    if (ready()) return; // The press goes its way.
    event.preventDefault();
    event.stopPropagation();
    if (busy) return;
    busy = true;
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => button.setAttribute("aria-disabled", "true"));
    try {
      const tokens = [];
      for (let order = 0; order < orders; order += 1) {
        const made = await stripe.createPaymentMethod({ type: "card", card });
        if (made.error) throw made.error;
        tokens.push(made.paymentMethod.id);
      }
      token.value = tokens.join(" ");
    } catch (error) {
      say(error.message || "Stripe could not be reached. Nothing was ordered; try once more.");
      card.focus();
    }
    busy = false;
    buttons.forEach((button) => button.removeAttribute("aria-disabled"));
    // Not before the press that brought us here is over: until then a browser takes no other.
    if (ready()) setTimeout(() => form.requestSubmit());
  });
})();
