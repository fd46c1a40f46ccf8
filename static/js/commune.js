// Address form: the communes of a postcode are proposed as soon as its five digits are there.
// Without this module the name is typed; the server checks that both go together in any case.

const postcode = document.querySelector("input[name=code_postal]");
const commune = document.querySelector("input[name=commune]");
const url = document.querySelector("[data-communes-url]")?.dataset.communesUrl;

const propose = (names) => {
  list.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.length === 1) commune.value = names[0];
};

const look = async () => {
  const typed = postcode.value.replace(/\s/g, "");
  if (!/^\d{5}$/.test(typed)) return;
  const answer = await fetch(`${url}?code_postal=${typed}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { communes } = await answer.json();
  if (typed === postcode.value.replace(/\s/g, "")) propose(communes);
};

const list = commune?.list ?? document.createElement("datalist");

if (postcode && commune && url) {
  if (!list.isConnected) {
    list.id = `${commune.id}_communes`;
    commune.setAttribute("list", list.id);
    commune.after(list);
  }
  postcode.addEventListener("input", () => look().catch(() => {}));
}
