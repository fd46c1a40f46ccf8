// Upload step: sends a file as soon as it is chosen or dropped, shows it, says how far it is, can be stopped.
// Without this module the same form goes by its own button. Sentences are in the template.

const SIDE = 2000;
const LIGHTER = ["image/jpeg", "image/png"];

// A photo over the limit is redrawn at a lawful size before it leaves; anything else goes as it is.
const lighten = async (file, limit) => {
  if (!limit || file.size <= limit || !LIGHTER.includes(file.type)) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
  return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
};

// The answer is a whole page. Of this step, only its main part is swapped in; any other is opened.
const show = (request, said) => {
  const target = new URL(request.responseURL || location.href);
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.querySelector("main");
  if (target.pathname !== location.pathname || !main) {
    location.assign(target);
    return;
  }
  // A page shows again what it has shown under an address: the new picture needs another one.
  for (const picture of main.querySelectorAll("[data-upload] img[src]")) {
    picture.src = `${picture.getAttribute("src")}?${Date.now()}`;
  }
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  enhanceAll();
  const errors = main.querySelector("[data-error-summary]");
  if (errors) errors.focus();
  else announce(main, said);
};

// A body beyond what the server reads (413): its page says how heavy; the step stays, with these words.
const beyond = (request) => {
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const words = [...page.querySelectorAll("main h1, main h1 + p")].map((node) => node.textContent);
  return words.map((text) => text.replace(/[ \n]+/g, " ").trim()).join(". ");
};

// A live region speaks only of what changes once it is in the page.
const announce = (main, said) => {
  const region = document.createElement("p");
  region.setAttribute("role", "status");
  region.className = "visually-hidden";
  main.prepend(region);
  setTimeout(() => { region.textContent = said; }, 100);
  main.querySelector("[data-upload] a")?.focus();
};

const enhance = (root) => {
  const form = root.querySelector("[data-upload-form]");
  const box = form.querySelector("[data-upload-progress]");
  const status = box.querySelector("[data-upload-status]");
  const bar = box.querySelector("progress");
  const preview = box.querySelector("[data-upload-preview]");
  const cancel = box.querySelector("[data-upload-cancel]");
  const inputs = form.querySelectorAll("input[type=file]");
  let request = null;

  const preset = (file) => {
    box.hidden = false;
    bar.value = 0;
    preview.hidden = !file.type.startsWith("image/");
    if (!preview.hidden) preview.src = URL.createObjectURL(file);
  };

  const stop = (said) => {
    request = null;
    status.textContent = said;
    for (const part of [bar, preview, cancel]) part.hidden = true;
    for (const input of inputs) input.value = "";
  };

  const restart = () => {
    bar.hidden = false;
    cancel.hidden = false;
  };

  const post = (name, file) => {
    const body = new FormData(form);
    for (const input of inputs) body.delete(input.name);
    body.append(name, file, file.name);
    request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("load", ({ target }) => {
      if (target.status === 413) stop(beyond(target) || status.dataset.failed);
      else show(target, status.dataset.done);
    });
    request.addEventListener("error", () => stop(status.dataset.failed));
    request.addEventListener("abort", () => stop(status.dataset.cancelled));
    request.open("POST", form.action);
    request.send(body);
  };

  const send = async (name, file) => {
    if (!file || request) return;
    request = { abort: () => stop(status.dataset.cancelled) };
    const waiting = request;
    restart();
    preset(file);
    const limit = Number(root.dataset.maxWeight || 0);
    const light = await lighten(file, limit).catch(() => file);
    if (request !== waiting) return;
    status.textContent = light === file ? status.dataset.sending : status.dataset.lighter;
    post(name, light);
  };

  const drop = (event) => {
    event.preventDefault();
    root.classList.remove("upload-over");
    send(inputs[0].name, event.dataTransfer.files[0]);
  };

  const over = (event) => {
    event.preventDefault();
    root.classList.toggle("upload-over", event.type === "dragover");
  };

  // A computer’s own picker has no camera to offer: one choice is enough there.
  root.classList.toggle("upload-desk", navigator.maxTouchPoints === 0);
  root.classList.add("upload-on");
  for (const input of inputs) input.addEventListener("change", () => send(input.name, input.files[0]));
  cancel.addEventListener("click", () => request?.abort());
  root.addEventListener("dragover", over);
  root.addEventListener("dragleave", over);
  root.addEventListener("drop", drop);
};

const enhanceAll = () => {
  for (const root of document.querySelectorAll("[data-upload]:not(.upload-on)")) enhance(root);
};

enhanceAll();
