// A note that can be put away. Without this script it has no button, and goes with the page.

for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.closest(".note").remove();
    document.getElementById("main").focus({ preventScroll: true });
  });
}
