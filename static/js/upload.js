// A step that takes a file: chosen, dropped, pasted or photographed, looked at, then sent; it can be stopped.
// Without this module the same form goes by its own button. Sentences are in the template, and so is which
// part shows when (data-phases): choose, asking, live, taken, preparing, chosen, sending, checking.

import { addCamera, hasCamera } from "./camera.js";
import { asJpeg, isTooHeavy, lawfulJpeg, lightened, limitsOf, weight } from "./shrink.js";
import { show, wordsOf } from "./swap.js";
import { addViewer } from "./viewer.js";

// Those in which another file may be given.
const OPEN = ["choose", "chosen"];
// The server did not even read it: the same file cannot be sent again.
const TOO_LARGE = 413;
const uploads = new WeakMap();

class Upload {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("[data-upload-form]");
    this.status = this.part("status");
    this.words = this.status.dataset;
    this.inputs = [...this.form.querySelectorAll("[data-upload-input]")];
    this.limits = limitsOf(root.dataset);
    this.chosen = null;
    this.request = null;
    // A computer’s own picker has no camera to offer: one choice is enough there.
    root.classList.toggle("upload-desk", navigator.maxTouchPoints === 0);
    root.classList.add("upload-on");
    this.listen();
    this.enter("choose", "", { quiet: true });
  }

  part(name) {
    return this.form.querySelector(`[data-upload-${name}]`);
  }

  get phase() {
    return this.root.dataset.phase;
  }

  listen() {
    for (const input of this.inputs) {
      input.addEventListener("change", () => this.take(input.files[0], input.name));
    }
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.part("cancel").addEventListener("click", () => this.cancel());
    this.part("again").addEventListener("click", () => this.forget());
    this.part("preview").addEventListener("error", ({ target }) => { target.hidden = true; });
    for (const name of ["dragover", "dragleave", "drop"]) {
      this.root.addEventListener(name, (event) => this.drag(event));
    }
  }

  // Shows the parts of a phase, says its words, and puts the focus on what comes first.
  enter(phase, words = "", { quiet = false, wrong = false } = {}) {
    this.root.dataset.phase = phase;
    for (const part of this.form.querySelectorAll("[data-phases]")) {
      part.toggleAttribute("hidden", !part.dataset.phases.split(" ").includes(phase));
    }
    this.status.textContent = words;
    this.status.classList.toggle("upload-wrong", wrong);
    const first = phase === "choose" ? "[data-upload-input]" : `[data-first~="${phase}"]`;
    if (!quiet) this.form.querySelector(first)?.focus();
  }

  fail(words) {
    this.enter("chosen", words, { wrong: true });
  }

  async take(file, name = this.inputs[0].name) {
    if (!file || !OPEN.includes(this.phase)) return;
    const mine = { name, file };
    this.chosen = mine;
    this.form.closest("details")?.setAttribute("open", "");
    this.preview(file);
    this.enter("preparing", isTooHeavy(file, this.limits) ? this.words.heavy : "");
    mine.file = await lightened(file, this.limits).catch(() => file);
    if (this.chosen !== mine) return;
    if (mine.file !== file) this.preview(mine.file);
    this.enter("chosen", mine.file === file ? this.words.chosen : this.lighter(file, mine.file));
  }

  lighter(before, after) {
    return this.words.lighter.replace("{from}", weight(before.size)).replace("{to}", weight(after.size));
  }

  // What is about to be sent, as it will leave.
  preview(file) {
    const image = this.part("preview");
    URL.revokeObjectURL(image.src);
    image.hidden = !file.type.startsWith("image/");
    if (!image.hidden) image.src = URL.createObjectURL(file);
    this.part("name").textContent = file.name;
    this.part("weight").textContent = weight(file.size);
  }

  forget(words, options) {
    this.chosen = null;
    for (const input of this.inputs) input.value = "";
    this.enter("choose", words, options);
  }

  cancel() {
    if (this.phase === "sending") this.request.abort();
    else this.forget();
  }

  drag(event) {
    event.preventDefault();
    this.root.classList.toggle("upload-over", event.type === "dragover");
    if (event.type === "drop") this.take(event.dataTransfer.files[0]);
  }

  submit(event) {
    event.preventDefault();
    if (!this.chosen || this.phase !== "chosen") return;
    this.enter("sending", this.words.sending);
    this.send();
  }

  // The file takes the place of the input’s own: before the token.
  body() {
    const body = new FormData(this.form);
    for (const { name } of this.inputs) {
      if (name === this.chosen.name) body.set(name, this.chosen.file, this.chosen.file.name);
      else body.delete(name);
    }
    return body;
  }

  send() {
    const bar = this.form.querySelector("progress");
    const request = new XMLHttpRequest();
    bar.value = 0;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    });
    // All has left: it can no longer be stopped.
    request.upload.addEventListener("load", () => this.enter("checking", this.words.checking));
    request.addEventListener("load", () => this.answer(request));
    request.addEventListener("error", () => this.fail(this.words.failed));
    request.addEventListener("abort", () => this.enter("chosen", this.words.cancelled));
    request.open("POST", this.form.action);
    request.send(this.body());
    this.request = request;
  }

  answer({ status, responseURL, responseText }) {
    if (status === TOO_LARGE) this.forget(wordsOf(responseText), { wrong: true });
    else if (status >= 400) this.fail(wordsOf(responseText) || this.words.failed);
    else show(responseURL, responseText);
  }

  // A picture of the camera was looked at when it was taken: it leaves at once.
  async use(canvas) {
    const blob = (await lawfulJpeg(canvas, this.limits)) ?? (await asJpeg(canvas));
    this.enter("choose", "", { quiet: true });
    await this.take(new File([blob], "photo.jpg", { type: blob.type }), this.inputs[1].name);
    this.form.requestSubmit();
  }
}

// « Supprimer », « Pivoter »: plain forms, whose answer is swapped in.
const addAct = (form) => {
  const act = async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    show(answer.url, await answer.text(), event.submitter?.id);
  };
  form.addEventListener("submit", (event) => act(event).catch(() => form.submit()));
};

const enhance = (root) => {
  const upload = new Upload(root);
  uploads.set(root, upload);
  for (const form of root.querySelectorAll("[data-upload-act]")) addAct(form);
  addViewer(root);
  hasCamera().then((has) => has && addCamera(upload)).catch(() => {});
};

const enhanceAll = () => {
  for (const root of document.querySelectorAll("[data-upload]:not(.upload-on)")) enhance(root);
};

// A picture pasted goes to the piece one is at; text goes where it always does.
const paste = (event) => {
  const [file] = event.clipboardData.files;
  const root = event.target.closest?.("[data-upload]") ?? document.querySelector("[data-upload]");
  if (!file || !root) return;
  event.preventDefault();
  uploads.get(root).take(file);
};

// A file that misses the frame would be opened in the page’s place.
const keepPage = (event) => event.preventDefault();

document.addEventListener("swap", enhanceAll);
document.addEventListener("paste", paste);
for (const name of ["dragover", "drop"]) document.addEventListener(name, keepPage);
enhanceAll();
