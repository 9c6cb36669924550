// A part of a page that could not be loaded says so where it would have been, and can be asked for again. What the page does as
// well without (suggestions, the number beside the basket) has data-quiet. Streams have their own words (live.js).
(() => {
  const words = document.getElementById("failed");
  const shown = new WeakMap();

  function take(element) {
    shown.get(element)?.remove();
    shown.delete(element);
  }

  function again({ verb, path, elt, target }) {
    take(elt);
    // A refusal is told of by the same events as the first one.
    htmx.ajax(verb, path, { source: elt, target }).catch(() => {});
  }

  function say(event, text) {
    const { requestConfig, target } = event.detail;
    const { elt } = requestConfig;
    if (!elt.isConnected || elt.closest("[data-quiet]")) return;
    take(elt);
    const notice = words.content.firstElementChild.cloneNode(true);
    notice.querySelector("[data-failed-text]").textContent = text;
    notice.querySelector("button").addEventListener("click", () => again(requestConfig));
    const inside = target.closest("main, dialog") && !target.matches("datalist");
    if (inside) target.before(notice);
    else document.getElementById("main").prepend(notice);
    shown.set(elt, notice);
  }

  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    say(event, status === 429 ? "That was asked too often. Wait a moment." : "This could not be loaded.");
  });
  document.addEventListener("htmx:sendError", (event) => say(event, "The market could not be reached. Nothing of yours is lost."));
  document.addEventListener("htmx:timeout", (event) => say(event, "The market takes too long to answer."));
  document.addEventListener("htmx:beforeSwap", (event) => event.detail.shouldSwap && take(event.detail.requestConfig.elt));
})();
