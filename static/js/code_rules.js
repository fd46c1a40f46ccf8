// Rules of a code personnel (A2): the four that can be told while one types are ticked as they are met.
// The server checks them all in any case; without this module they are a plain list.

const MET = {
  length: (code) => [...code].length >= 8 && [...code].length <= 50,
  letter: (code) => /\p{Script=Latin}/u.test(code),
  digit: (code) => /[0-9]/.test(code),
  special: (code) => /[\p{P}\p{S}]/u.test(code),
};
const PAUSE = 600; // ms: what is missing is said once one stops typing

const follow = (box) => {
  const input = document.getElementById(box.dataset.codeRules);
  const status = box.querySelector("[role=status]");
  const rules = [...box.querySelectorAll("[data-rule]")];
  const told = () => {
    const missing = rules.filter((rule) => rule.dataset.met === "no").map((rule) => rule.textContent);
    if (!input.value) status.textContent = "";
    else if (missing.length) status.textContent = status.dataset.missing + missing.join(", ") + ".";
    else status.textContent = status.dataset.complete;
  };
  let waiting;
  const look = () => {
    for (const rule of rules) rule.dataset.met = MET[rule.dataset.rule](input.value) ? "yes" : "no";
    clearTimeout(waiting);
    waiting = setTimeout(told, PAUSE);
  };
  input.addEventListener("input", look);
  look();
};

for (const box of document.querySelectorAll("[data-code-rules]")) follow(box);
