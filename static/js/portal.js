// On every page: the error summary takes the focus, a form leaves once, a code can be read while typed.

const focusErrors = (root) => root.querySelector("[data-error-summary]")?.focus();

// A second click while the first is on its way does nothing. The button is not disabled: it would
// leave the form without its name and value, and lose the focus.
const sendOnce = (event) => {
  const form = event.target;
  // A form that downloads leaves its page as it is: it may be sent again.
  if (event.defaultPrevented || form.target === "_blank" || "download" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  event.submitter?.setAttribute("aria-busy", "true");
};

// Coming back by « Précédent » shows the page as it was left: everything can be sent again.
const restore = () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
};

const addReveal = (box) => {
  const input = box.querySelector("input[type=password]");
  const button = document.createElement("button");
  const toggle = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? box.dataset.hide : box.dataset.show;
  };
  button.type = "button";
  button.className = "button-quiet";
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => toggle(input.type === "password"));
  input.form.addEventListener("submit", () => toggle(false));
  toggle(false);
  input.after(button);
};

document.addEventListener("submit", sendOnce);
window.addEventListener("pageshow", (event) => event.persisted && restore());
for (const box of document.querySelectorAll("[data-reveal]")) addReveal(box);
focusErrors(document);
