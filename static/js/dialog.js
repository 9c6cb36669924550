// A link with data-dialog="ID" opens that <dialog> instead of its page. [data-close] closes. Open <details class="menu"> close on Escape or a click elsewhere.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    dialog.showModal();
  }
  const closer = event.target.closest("dialog [data-close]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
  // A press on the backdrop lands on the dialog itself.
  if (event.target.matches("dialog.dialog")) event.target.close();
  document.querySelectorAll("details.menu[open]").forEach((menu) => menu.contains(event.target) || (menu.open = false));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

// A form that came back with errors inside a dialog, or asked for by htmx, is shown at once.
const openMarked = (root) => root.querySelectorAll?.("dialog[data-open]:not([open])").forEach((dialog) => dialog.showModal());
openMarked(document);
document.addEventListener("htmx:load", (event) => {
  const dialog = event.target.closest?.("dialog[data-open]:not([open])");
  if (dialog) dialog.showModal();
  else openMarked(event.target);
});
