// « Agrandir » shows the picture over the page; without this module its link opens the picture alone.

export const addViewer = (root) => {
  const viewer = root.querySelector("[data-viewer]");
  if (!viewer) return;
  const picture = new Image();
  viewer.append(picture);

  const show = (event) => {
    event.preventDefault();
    const link = event.currentTarget;
    picture.src = link.href;
    picture.alt = link.closest("figure, .preview").querySelector("img").alt;
    viewer.showModal();
  };

  for (const link of root.querySelectorAll("[data-enlarge]")) link.addEventListener("click", show);
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer || event.target.closest("[data-viewer-close]")) viewer.close();
  });
};
