// The agent's review page: zoom, rotation, keys, and the message of a correction while reasons are ticked.
// The page works without.

const TURNS = ["turn-0", "turn-90", "turn-180", "turn-270"];
const SHORTCUTS = "review-shortcuts";

// The middle is what one looks at first.
const zoom = (frame) => {
  frame.classList.toggle("zoomed");
  frame.closest(".picture").classList.toggle("wide");
  frame.scrollTo((frame.scrollWidth - frame.clientWidth) / 2, (frame.scrollHeight - frame.clientHeight) / 2);
};

for (const figure of document.querySelectorAll("[data-picture]")) {
  const frame = figure.querySelector(".picture-frame");
  let turn = 0;
  figure.querySelector("[data-zoom]").addEventListener("click", () => zoom(frame));
  figure.querySelector("[data-turn]").addEventListener("click", () => {
    frame.classList.remove(TURNS[turn]);
    turn = (turn + 1) % TURNS.length;
    frame.classList.add(TURNS[turn]);
  });
  frame.querySelector("a").addEventListener("click", (event) => {
    event.preventDefault();
    zoom(frame);
  });
}

// --- The message, as the server writes it: what is shown is what will be sent.

const form = document.querySelector("[data-correction]");

const watch = () => {
  const show = form.querySelector("[data-show]");
  const preview = form.querySelector("[data-preview]");
  let asked;

  const offer = (message) => {
    preview.querySelector("pre").textContent = message ?? "";
    preview.hidden = !message;
    show.hidden = Boolean(message);
  };

  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    offer(null);
    if (![...form.elements].some((element) => element.type === "checkbox" && element.checked)) return;
    try {
      const options = { method: "POST", body: new FormData(form), signal: asked.signal };
      const page = new DOMParser().parseFromString(await (await fetch(form.action, options)).text(), "text/html");
      offer(page.querySelector("[data-message]")?.textContent);
    } catch {
      // The button that shows the message on a page of its own is still there.
    }
  };

  for (const element of form.elements) if (element.type === "checkbox") element.addEventListener("change", ask);
  window.addEventListener("pageshow", ask);
};

if (form) watch();

// --- Keys: one letter each, and a box to do without them.

const box = document.querySelector("[data-shortcuts]");
const toggle = box?.querySelector("input");
if (toggle) {
  box.hidden = false;
  toggle.checked = localStorage.getItem(SHORTCUTS) !== "off";
  toggle.addEventListener("change", () => localStorage.setItem(SHORTCUTS, toggle.checked ? "on" : "off"));
}

// On a French keyboard a figure without capitals is a sign: the place of the key tells.
const keyOf = (event) => /^Digit(\d)$/.exec(event.code)?.[1] ?? event.key.toLowerCase();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || toggle?.checked === false) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  const named = document.querySelectorAll(`[data-key="${CSS.escape(keyOf(event))}"]`);
  [...named].find((element) => !element.closest("[hidden]"))?.click();
});
