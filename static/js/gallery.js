// A gallery scrolls by itself; with a script its small pictures lead there without moving the page, and say which one is seen.
(() => {
  document.querySelectorAll("[data-gallery]").forEach((strip) => {
    const links = [...strip.parentElement.querySelectorAll("[data-picture]")];
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    links.forEach((link, at) => link.addEventListener("click", (event) => {
      event.preventDefault();
      strip.scrollTo({ left: strip.children[at].offsetLeft - strip.offsetLeft, behavior: still.matches ? "instant" : "smooth" });
    }));
    strip.addEventListener("scroll", () => {
      const seen = Math.round(strip.scrollLeft / strip.clientWidth);
      links.forEach((link, at) => (at === seen ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    }, { passive: true });
  });
})();
