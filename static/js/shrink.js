// A picture brought within the weights and the definition a step accepts, by drawing it again as a JPEG.

const REDRAWN = ["image/jpeg", "image/png"];
// What is tried in turn: part of the size, quality of the JPEG.
const FIRST = [1, 0.88];
const LIGHTER = [[1, 0.7], [0.75, 0.75], [0.5, 0.75], [0.35, 0.7]];
const HEAVIER = [[1, 1], [1.5, 1], [2, 1]];

const KILO = 1000;
const MEGA = 1000000;

// As the server writes it: Ko are cut, tenths of Mo rounded.
export const weight = (bytes) => {
  if (bytes < KILO) return `${bytes}\u00a0octet${bytes > 1 ? "s" : ""}`;
  if (bytes < MEGA) return `${Math.floor(bytes / KILO)}\u00a0Ko`;
  return `${String(Math.round(bytes / (MEGA / 10)) / 10).replace(".", ",")}\u00a0Mo`;
};

const number = (text, otherwise) => (text ? Number(text) : otherwise);

// The figures of a step, as its template writes them.
export const limitsOf = ({ side, minWeight, maxWeight, minWidth, minHeight }) => ({
  side: Number(side),
  weights: [number(minWeight, 0), number(maxWeight, Infinity)],
  sizes: [number(minWidth, 1), number(minHeight, 1)],
});

export const isTooHeavy = (file, { weights }) => file.size > weights[1] && REDRAWN.includes(file.type);

export const asJpeg = (canvas, quality) => new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));

const redrawn = (source, [scale, quality]) => {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(source.width * scale);
  canvas.height = Math.round(source.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(source, 0, 0, canvas.width, canvas.height);
  return asJpeg(canvas, quality);
};

// Gives a JPEG of an image or a canvas, or null when none can be lawful.
export const lawfulJpeg = async (source, { side, weights, sizes }) => {
  const fit = Math.min(1, side / Math.max(source.width, source.height));
  const isDefined = ([scale]) => source.width * fit * scale >= sizes[0] && source.height * fit * scale >= sizes[1];
  const first = await redrawn(source, [fit * FIRST[0], FIRST[1]]);
  const tries = first && first.size < weights[0] ? HEAVIER : LIGHTER;
  let blob = isDefined(FIRST) ? first : null;
  for (const [scale, quality] of tries.filter(isDefined)) {
    if (!blob || (blob.size >= weights[0] && blob.size <= weights[1])) break;
    blob = await redrawn(source, [fit * scale, quality]);
  }
  return blob && blob.size >= weights[0] && blob.size <= weights[1] ? blob : null;
};

// The file itself when it can be lawful as it is, or when nothing can be made of it: the server says why.
export const lightened = async (file, limits) => {
  if (!isTooHeavy(file, limits)) return file;
  const picture = await createImageBitmap(file);
  const blob = await lawfulJpeg(picture, limits);
  picture.close();
  return blob ? new File([blob], file.name, { type: blob.type }) : file;
};
