// What is left of the goods on this page moves by itself while somebody looks at it. The answer is the same for all and kept for two
// seconds by whatever cache lies between, so that a full shop asks the market no more often than a few visitors do.
(() => {
  const EVERY = 3000;
  const MOST = 48;
  const names = { left: "data-left", leftExact: "data-left-exact" };
  const shown = (kind) => [...document.querySelectorAll(`[${names[kind]}]`)];

  function follow(place, now) {
    const flipped = place.dataset.there !== now.dataset.there;
    if (place.textContent !== now.textContent) place.replaceChildren(...now.cloneNode(true).childNodes);
    if (!flipped) return;
    place.dataset.there = now.dataset.there;
    const card = place.closest(".good");
    if (card) {
      const out = now.dataset.there === "0";
      card.classList.toggle("good-out", out);
      card.querySelector(".picture")?.classList.toggle("picture-out", out);
      card.querySelectorAll(".shop-add").forEach((form) => (form.hidden = out));
    } else if (document.getElementById("buy")) {
      htmx.ajax("GET", location.pathname, { target: "#buy", select: "#buy", swap: "outerHTML" });
    }
  }

  async function ask() {
    if (document.hidden) return;
    const kinds = Object.keys(names);
    const ids = [...new Set(kinds.flatMap((kind) => shown(kind).map((place) => place.dataset[kind])))].slice(0, MOST);
    if (!ids.length) return;
    let answer;
    try {
      answer = await fetch(`/left?ids=${ids.join("-")}`);
    } catch {
      return; // The next round may find the way again, and ordering looks at the shelf anyhow.
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    kinds.forEach((kind) => shown(kind).forEach((place) => {
      const now = page.querySelector(`[${names[kind]}="${place.dataset[kind]}"]`);
      if (now) follow(place, now);
    }));
  }

  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
})();
