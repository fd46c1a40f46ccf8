// The agent's review page: zoom, rotation and keys. The page works without.

const TURNS = ["turn-0", "turn-90", "turn-180", "turn-270"];

// The middle is what one looks at first.
const zoom = (frame) => {
  frame.classList.toggle("zoomed");
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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "c") document.querySelector("input[name=compared]")?.click();
  else document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
});
