// Times are rendered in UTC; here they become the reader's own, and ages go on counting.
// A MutationObserver runs before the next paint, so that what htmx brings in does not flicker.
(() => {
  const part = (options) => new Intl.DateTimeFormat("en-GB", options);
  const minute = part({ hour: "2-digit", minute: "2-digit" });
  const second = part({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const exact = part({ day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  const weekday = part({ weekday: "short" });
  const date = part({ day: "numeric", month: "short" });
  const dateYear = part({ day: "numeric", month: "short", year: "numeric" });
  const long = part({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate());

  function short(at, now) {
    const days = Math.round((midnight(now) - midnight(at)) / 86400000);
    if (days === 0) return minute.format(at);
    if (days > 0 && days < 7) return weekday.format(at);
    return (at.getFullYear() === now.getFullYear() ? date : dateYear).format(at);
  }

  function age(at, now) {
    const seconds = Math.max(0, Math.floor((now - at) / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} d`;
  }

  const shown = {
    min: (at) => minute.format(at),
    s: (at) => second.format(at),
    ms: (at) => `${second.format(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`,
    short,
    long: (at) => `${long.format(at).replace(",", "")}, ${minute.format(at)}`,
    dated: (at, now) => (midnight(now) - midnight(at) === 0 ? `today at ${minute.format(at)}` : `${dateYear.format(at)}, ${minute.format(at)}`),
    age,
  };

  function rewrite(element) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const text = shown[element.dataset.show]?.(at, new Date());
    if (text && text !== element.textContent) element.textContent = text;
    element.title = exact.format(at);
  }

  const all = (root) => root.querySelectorAll?.("time[data-show]").forEach(rewrite);
  all(document);
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(all))).observe(document.body, { childList: true, subtree: true });
  setInterval(() => document.hidden || document.querySelectorAll('time[data-show="age"]').forEach(rewrite), 1000);
})();
