// Forms get better with a script: unsaved changes, steppers, the arithmetic of an adjustment, one press is one order.
(() => {
  const state = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")).toString();
  const files = (form) => [...form.querySelectorAll('input[type="file"]')].some((input) => input.files.length);

  function save(form) {
    const before = state(form);
    let leaving = false;
    const look = () => {
      const dirty = state(form) !== before || files(form);
      form.toggleAttribute("data-dirty", dirty);
      const say = form.querySelector("[data-save-say]");
      if (say) say.textContent = dirty ? "Unsaved changes" : "";
    };
    form.addEventListener("input", look);
    form.addEventListener("change", look);
    form.addEventListener("submit", () => (leaving = true));
    form.querySelector(".savebar a")?.addEventListener("click", () => (leaving = true));
    addEventListener("beforeunload", (event) => form.isConnected && !leaving && form.hasAttribute("data-dirty") && event.preventDefault());
  }

  function stepper(box) {
    const input = box.querySelector("input");
    const [fewer, more] = box.querySelectorAll("button");
    const number = () => Math.trunc(Number(input.value)) || 0;
    const look = () => {
      const pressed = [fewer, more].find((button) => button.matches(":focus-visible"));
      fewer.disabled = number() <= Number(input.min || 0);
      more.disabled = input.max !== "" && number() >= Number(input.max);
      if (pressed?.disabled) input.focus(); // A keyboard would lose its place.
    };
    const by = (step) => () => {
      input.value = number() + step;
      look();
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    };
    fewer.addEventListener("click", by(-1));
    more.addEventListener("click", by(1));
    input.addEventListener("input", look);
    look();
  }

  const figure = (number) => number.toLocaleString("en-GB").replace("-", "−");

  function adjust(form) {
    const input = form.querySelector(".sums .input");
    const output = form.querySelector(".sums output");
    const button = form.querySelector("[data-adjust-button]");
    const word = button?.querySelector("span") ?? button;
    const plain = word?.textContent;
    const look = () => {
      const change = Number(input.value.trim().replace("−", "-"));
      const known = input.value.trim() !== "" && Number.isInteger(change);
      const after = Number(form.dataset.adjust) + change;
      output.textContent = known ? figure(after) : "–";
      output.toggleAttribute("data-bad", known && after < 0);
      if (word) word.textContent = known && change ? `${change > 0 ? "Add" : "Remove"} ${figure(Math.abs(change))}` : plain;
    };
    input.addEventListener("input", look);
    look();
  }

  // One press is one order: a form with data-once is not sent twice, and says what it is doing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  });
  // Coming back by the Back button, the page may be as it was left.
  addEventListener("pageshow", () => document.querySelectorAll("[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
  }));

  const kinds = { "[data-save]": save, "[data-stepper]": stepper, "[data-adjust]": adjust };
  const wake = (root) => Object.entries(kinds).forEach(([what, start]) => {
    const found = [...(root.querySelectorAll?.(what) ?? [])];
    if (root.matches?.(what)) found.push(root);
    found.filter((one) => !one.dataset.awake).forEach((one) => { one.dataset.awake = "yes"; start(one); });
  });
  wake(document);
  document.addEventListener("htmx:load", (event) => wake(event.target));
  document.querySelector("[data-focus]")?.focus();
})();
