// Before the session ends, says so and offers to stay; once it has ended, says how to come back. The server alone
// judges: it is asked how long is left, which is no activity, so that another tab or an upload count too.
// What is typed stays where it is: nothing here leaves or reloads the page.

const dialog = document.querySelector("[data-session]");
const status = dialog.querySelector("[data-session-status]");
const stays = document.querySelector("[data-session-stays]");
const warning = Number(dialog.dataset.warning);
const every = Number(dialog.dataset.every) * 1000;
// Seconds left under which a screen reader says them, once each; the rest of the time they only show.
const SAID = [60, 30, 10];
const MINUTE = 60;
const SECOND = 1000;

let end = Date.now() + Number(dialog.dataset.left) * SECOND;
let last = false;
let over = false;
let askedAt = -Infinity;
let phase = "";
let saidAt = Infinity;
let busy = false;

const left = () => Math.max(0, Math.ceil((end - Date.now()) / SECOND));

const time = (seconds) => {
  const minutes = Math.floor(seconds / MINUTE);
  const rest = seconds % MINUTE;
  const parts = [minutes && `${minutes}\u00a0min`, (rest || !minutes) && `${rest}\u00a0s`];
  return parts.filter((part) => part).join(" ");
};

const say = (region, seconds) => {
  region.textContent = region.dataset.words.replace("{time}", time(seconds));
};

// A redirection leads to the sign-in page: there is no session any more. Any other answer leaves things as they are.
const learn = async (answer) => {
  askedAt = Date.now();
  over = answer.type === "opaqueredirect";
  if (!answer.ok) return;
  const found = await answer.json();
  end = Date.now() + found.left * SECOND;
  last = found.last;
};

const ask = () => fetch(dialog.dataset.url, { redirect: "manual", cache: "no-store" }).then(learn);

const enter = (next) => {
  if (next === phase) return;
  phase = next;
  for (const part of dialog.querySelectorAll("[data-session-part]")) {
    part.hidden = part.dataset.sessionPart !== phase;
  }
  if (!phase) {
    dialog.close();
    return;
  }
  dialog.setAttribute("aria-labelledby", `session-${phase}-title`);
  dialog.setAttribute("aria-describedby", `session-${phase}-words`);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[data-session-part]:not([hidden]) :is(a, button)").focus();
};

const tell = (seconds) => {
  if (phase === "over") status.textContent = status.dataset.over;
  if (!phase) saidAt = Infinity;
  const due = SAID.filter((mark) => seconds <= mark && mark < saidAt);
  if (phase === "over" || !due.length) return;
  saidAt = Math.min(...due);
  say(status, seconds);
};

const show = () => {
  const seconds = left();
  if (over || seconds === 0) enter("over");
  else if (seconds > warning) enter("");
  else enter(last ? "last" : "warning");
  for (const place of dialog.querySelectorAll("[data-session-time]")) place.textContent = time(seconds);
  tell(seconds);
};

// The server is asked before anything is said, now and then while it is, and at the end.
const isDue = () => !over && left() <= warning && (left() === 0 || !phase || Date.now() - askedAt >= every);

const check = async (due) => {
  if (busy) return;
  busy = true;
  if (due) await ask().catch(() => {});
  if (due && left() === 0) over = true;
  show();
  busy = false;
};

const stay = async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const body = new FormData(form);
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
  await (answer?.ok ? learn(answer) : ask().catch(() => {}));
  show();
  if (!phase) say(stays, left());
};

dialog.querySelector("[data-session-stay]").addEventListener("submit", stay);
for (const button of dialog.querySelectorAll("[data-session-close]")) {
  button.addEventListener("click", () => dialog.close());
}
// Back on a page left a while ago: how things stand may have changed, for better or worse.
document.addEventListener("visibilitychange", () => !document.hidden && check(true));
window.addEventListener("pageshow", (event) => event.persisted && check(true));
setInterval(() => check(isDue()), SECOND);
