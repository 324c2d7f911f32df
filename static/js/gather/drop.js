// Files dropped on the page become the form's files; without JavaScript the field works alone.
const zone = document.querySelector("[data-drop]");

if (zone) {
  const field = zone.querySelector("input[type=file]");
  const name = zone.querySelector("[data-drop-name]");
  const hint = name.textContent;

  const show = () => {
    const size = (file) => `${file.name}, ${Math.ceil(file.size / 1024).toLocaleString()} kB`;
    name.textContent = [...field.files].map(size).join("; ") || hint;
  };
  const mark = (on) => (event) => {
    event.preventDefault();
    zone.classList.toggle("over", on);
  };

  zone.addEventListener("dragover", mark(true));
  zone.addEventListener("dragleave", mark(false));
  zone.addEventListener("drop", (event) => {
    mark(false)(event);
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      show();
    }
  });
  field.addEventListener("change", show);
}
