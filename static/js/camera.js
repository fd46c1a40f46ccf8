// The camera in the page: what it sees, an outline to place oneself in, one picture, looked at before it is used.
// It is closed as soon as the picture is taken, and when the page is left or hidden.

const WANTED = {
  photo: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 1280 } },
  piece: { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1920 } },
};
const REFUSALS = ["NotAllowedError", "SecurityError"];

export const hasCamera = async () => {
  if (!navigator.mediaDevices?.getUserMedia) return false;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some(({ kind }) => kind === "videoinput");
};

// Keeps of the video what its frame shows: the middle, in the proportions of the frame.
const drawShown = (video, canvas) => {
  const ratio = video.clientWidth / video.clientHeight;
  canvas.width = Math.round(Math.min(video.videoWidth, video.videoHeight * ratio));
  canvas.height = Math.round(canvas.width / ratio);
  const left = (video.videoWidth - canvas.width) / 2;
  const top = (video.videoHeight - canvas.height) / 2;
  const size = [canvas.width, canvas.height];
  canvas.getContext("2d").drawImage(video, left, top, ...size, 0, 0, ...size);
};

// Takes the upload the picture is for.
export const addCamera = (upload) => {
  const { root, words } = upload;
  const video = root.querySelector("[data-camera-video]");
  const still = root.querySelector("[data-camera-still]");
  const on = (name, act) => {
    for (const button of root.querySelectorAll(`[data-camera-${name}]`)) button.addEventListener("click", act);
  };

  const stop = () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  };

  const close = (said, options) => {
    stop();
    upload.enter("choose", said, options);
  };

  const refuse = (error) => {
    root.classList.remove("upload-live");
    close(REFUSALS.includes(error.name) ? words.refused : words.absent, { wrong: true });
  };

  const start = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: WANTED[root.dataset.upload] });
    const [track] = stream.getVideoTracks();
    video.srcObject = stream;
    await video.play();
    video.classList.toggle("camera-mirror", track.getSettings().facingMode !== "environment");
  };

  const open = async () => {
    upload.enter("asking", words.asking);
    try {
      await start();
    } catch (error) {
      if (upload.phase === "asking") refuse(error);
      return;
    }
    if (upload.phase === "asking") upload.enter("live", words.live);
    else stop(); // it was closed before it opened
  };

  const shoot = () => {
    drawShown(video, still);
    stop();
    upload.enter("taken", words.taken);
  };

  const leave = () => ["asking", "live"].includes(upload.phase) && close();

  root.classList.add("upload-live");
  root.querySelector(".upload-choices [data-camera-open]").hidden = false;
  on("open", open);
  on("shoot", shoot);
  on("use", () => upload.use(still));
  on("close", () => close());
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
};
