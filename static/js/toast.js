// A short success leaves by itself after six seconds, or fifteen when it can be undone; while pointed at or focused it stays. Errors
// are never only here.
(() => {
  const place = document.getElementById("toasts");

  function show(notice) {
    const toast = document.createElement("div");
    toast.className = "toast";
    const words = document.createElement("span");
    words.append(...notice.childNodes);
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn btn-bare";
    close.textContent = "Close";
    toast.append(words, close);
    notice.remove();
    place.append(toast);
    place.dataset.said = "yes"; // The room at the foot of a phone's page stays, so that nothing moves when the message leaves.
    const leave = () => toast.remove();
    const stays = toast.querySelector("form") ? 15000 : 6000;
    let timer = setTimeout(leave, stays);
    const stay = () => clearTimeout(timer);
    const go = () => { stay(); timer = setTimeout(leave, stays); };
    close.addEventListener("click", leave);
    toast.addEventListener("pointerenter", stay);
    toast.addEventListener("focusin", stay);
    toast.addEventListener("pointerleave", go);
    toast.addEventListener("focusout", go);
  }

  const all = (root) => root.querySelectorAll?.("[data-toast]").forEach(show);
  all(document);
  document.addEventListener("htmx:load", (event) => all(event.target.parentElement ?? document));
})();
