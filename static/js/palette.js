// The palette: its dialog loads when it is opened, the arrows walk what is found, Enter in the field opens the first of it.
(() => {
  const form = document.querySelector("[data-palette]");
  if (!form) return;
  const field = form.querySelector("input");
  const dialog = form.closest("dialog");
  const found = () => document.getElementById("found");
  const links = () => [...found().querySelectorAll("a")];
  const fresh = () => field.value.trim() === (found().dataset.sought ?? "");

  document.querySelectorAll("[data-dialog='palette'] .key, .shortcuts .key:first-child").forEach((key) => {
    if (/Mac|iPhone|iPad/.test(navigator.platform)) key.textContent = key.textContent.replace("Ctrl", "⌘");
  });

  if (dialog) {
    // The first letters may come while the dialog is still being filled: the field is there before.
    new MutationObserver(() => {
      if (!dialog.open) return;
      field.focus();
      field.select();
      if (!found().dataset.loaded) htmx.trigger(found(), "palette-opened");
    }).observe(dialog, { attributes: true, attributeFilter: ["open"] });
  }

  form.addEventListener("submit", (event) => {
    const first = fresh() && links()[0];
    if (!first) return; // The page of the same search follows.
    event.preventDefault();
    first.click();
  });

  form.parentElement.addEventListener("keydown", (event) => {
    const all = [field, ...links()];
    const at = all.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at >= 0 && step) {
      event.preventDefault();
      all[(at + step + all.length) % all.length].focus();
    } else if (at > 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) field.focus(); // Typing goes on.
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt.id === "found") form.querySelector("[data-palette-say]").textContent = found().dataset.say;
  });
})();
