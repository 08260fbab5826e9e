"use strict";
const names = ["operation", "rule", "verdict"];
const form = document.querySelector(".filters");
const output = document.getElementById("shown");
function apply() {
  const wanted = names.map((name) => [name, document.getElementById("by-" + name).value]).filter(([, value]) => value);
  let shown = 0;
  for (const element of document.querySelectorAll("[data-operation]")) {
    // What has no rule or verdict of its own is not left out by one.
    element.hidden = wanted.some(([name, value]) => name in element.dataset && !element.dataset[name].split("\n").includes(value));
    if (element.classList.contains("finding") && !element.hidden) shown += 1;
  }
  output.textContent = shown === 1 ? "1 finding" : shown + " findings";
}
form.addEventListener("change", apply);
form.addEventListener("reset", () => setTimeout(apply));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
// What is wrong in a long body is brought into sight where its finding is opened.
addEventListener("toggle", (event) => {
  const mark = event.target.querySelector("mark");
  if (mark) mark.parentElement.scrollTop = mark.offsetTop - mark.parentElement.clientHeight / 2;
}, true);
apply();
