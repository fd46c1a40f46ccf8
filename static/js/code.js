// A code personnel to choose: each rule a browser can judge is marked as one types.
// Without this module the rules are read; the server judges them all in any case.

const PAUSE = 700; // ms after the last key, before a screen reader is told

const input = document.querySelector("[data-code]");
const status = document.querySelector("[data-code-status]");
const rules = [...document.querySelectorAll("[data-code-rules] [data-pattern]")].map((item) => ({
  item,
  words: item.textContent.trim(),
  pattern: new RegExp(item.dataset.pattern, "u"),
}));
let timer;

const say = () => {
  const missing = rules.filter(({ item }) => item.dataset.met !== "yes").map(({ words }) => words);
  status.textContent = missing.length ? status.dataset.some + missing.join(", ") : status.dataset.none;
};

const judge = () => {
  for (const { item, pattern } of rules) {
    if (input.value) item.dataset.met = pattern.test(input.value) ? "yes" : "no";
    else delete item.dataset.met;
  }
  clearTimeout(timer);
  if (input.value) timer = setTimeout(say, PAUSE);
};

input.addEventListener("input", judge);
if (input.value) judge();
