// The answer to a form sent in the background is a whole page: its main part takes the place of this one's.

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// What a page of error says: its title and first paragraph.
export const wordsOf = (text) => {
  const words = [...parsed(text).querySelectorAll("main h1, main h1 + p")].map((node) => node.textContent);
  return words.map((word) => word.replace(/[ \n]+/g, " ").trim()).join(". ");
};

// A live region speaks only of what changes once it is in the page: it says the notices, which then keep quiet.
const announce = (main) => {
  const region = document.createElement("p");
  const notices = [...main.querySelectorAll(":scope > .notice[role]")];
  const said = notices.map((notice) => notice.textContent.trim());
  for (const notice of notices) notice.removeAttribute("role");
  region.setAttribute("role", "status");
  region.className = "visually-hidden";
  main.prepend(region);
  setTimeout(() => { region.textContent = said.join(" "); }, 100);
};

const focus = (main, id) => {
  const errors = main.querySelector("[data-error-summary]");
  const same = id && main.querySelector(`#${CSS.escape(id)}`);
  const first = main.querySelector("[data-upload] .preview a, [data-upload-input]");
  (errors || same || first)?.focus();
  if (!errors) announce(main);
};

// Of this step, only the main part is swapped in; any other page is opened, that of signing in again for one.
// ``id`` had the focus.
export const show = (address, text, id) => {
  const target = new URL(address || location.href);
  const page = parsed(text);
  const main = page.querySelector("main");
  if (target.pathname !== location.pathname || !main) {
    location.assign(target);
    return;
  }
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  document.dispatchEvent(new Event("swap"));
  focus(main, id);
};
