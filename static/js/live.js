// What moves by itself: the stream is htmx's; here is what happens when it fails, and the one breath of a station that changed.
(() => {
  const EVERY = 2000;
  const boxes = new Map();

  const body = (box) => box.querySelector("[data-live-body]");
  const final = (box) => Boolean(body(box)?.querySelector("[data-final]"));

  function tell(box, state) {
    box.querySelectorAll("[data-lost]").forEach((notice) => (notice.hidden = state !== "lost"));
    document.querySelectorAll("[data-live-word]").forEach((word) => {
      word.hidden = state === "final";
      word.dataset.state = state;
      word.textContent = { slow: "Checking every 2 s", lost: "Connection lost" }[state] ?? "Live";
    });
  }

  function stop(box) {
    clearInterval(boxes.get(box));
    boxes.delete(box);
  }

  // Nothing will move any more: the box goes and what it showed stays, so that the stream is not opened again. The very
  // elements stay, with what somebody has typed into them by now, and with their focus.
  function finish(box) {
    stop(box);
    tell(box, "final");
    if (!box.isConnected) return;
    const last = body(box);
    const focused = last.contains(document.activeElement) ? document.activeElement : null;
    box.before(last);
    focused?.focus();
    htmx.swap(box, "", { swapStyle: "delete" });
  }

  async function ask(box) {
    if (document.hidden) return;
    if (!box.isConnected) return stop(box);
    let answer;
    try {
      answer = await fetch(box.dataset.live, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    } catch {
      return boxes.has(box) && tell(box, "lost");
    }
    if (!boxes.has(box)) return; // The stream came back while we asked.
    if (!answer.ok) return tell(box, "lost");
    htmx.swap(body(box), await answer.text(), { swapStyle: "innerHTML" });
    tell(box, "slow");
    if (final(box)) finish(box);
  }

  const boxOf = (event) => event.target.closest?.("[data-live]");

  document.addEventListener("htmx:sseError", (event) => {
    const box = boxOf(event);
    if (!box || boxes.has(box) || final(box)) return;
    boxes.set(box, setInterval(ask, EVERY, box));
    ask(box);
  });
  document.addEventListener("htmx:sseOpen", (event) => {
    const box = boxOf(event);
    if (!box) return;
    stop(box);
    tell(box, "live");
  });
  document.addEventListener("htmx:sseMessage", (event) => {
    const box = boxOf(event);
    if (box && final(box)) setTimeout(finish, 300, box); // After the breath.
  });
  document.addEventListener("htmx:sseClose", (event) => {
    const box = boxOf(event);
    if (box && event.detail?.type !== "nodeReplaced") { stop(box); tell(box, "final"); }
  });

  // A station whose state is not the one we saw last breathes once and is said aloud.
  const seen = new Map();
  function breathe() {
    document.querySelectorAll("[data-strip]").forEach((strip) => strip.querySelectorAll(".station").forEach((station) => {
      const key = `${strip.id} ${station.dataset.key}`;
      const before = seen.get(key);
      seen.set(key, station.dataset.state);
      if (!before || before === station.dataset.state) return;
      station.classList.add("breathe");
      document.getElementById("says").textContent = station.querySelector(".station-name").textContent;
    }));
  }
  breathe();
  document.addEventListener("htmx:load", breathe);
})();
