"use strict";
const form = document.querySelector(".filters");
const output = document.getElementById("shown");
const search = document.getElementById("by-text");
const choices = ["level", "rule", "operation", "verdict", "tag"]
  .map((name) => [name, document.getElementById("by-" + name)]).filter(([, choice]) => choice);
const items = [...document.querySelectorAll("[data-operation]")];
const all = items.filter((item) => item.classList.contains("finding")).length;
const texts = new Map();
// What a search looks through; read once, when somebody searches.
function text(item) {
  if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
  return texts.get(item);
}
function apply() {
  const wanted = choices.map(([name, choice]) => [name, choice.value]).filter(([, value]) => value);
  const words = search.value.toLowerCase().split(/\s+/).filter((word) => word);
  let shown = 0;
  for (const item of items) {
    // What has no rule or verdict of its own is not left out by one.
    item.hidden = wanted.some(([name, value]) => name in item.dataset && !item.dataset[name].split("\n").includes(value))
      || !words.every((word) => text(item).includes(word));
    if (item.classList.contains("finding") && !item.hidden) shown += 1;
  }
  output.textContent = (shown === all ? "" : shown + " of ") + (all === 1 ? "1 finding" : all + " findings");
}
// Opens what the address leads to, also where a filter hides it.
function follow() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  if (target.closest("[hidden]")) {
    form.reset();
    apply();
  }
  for (let up = target.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
  target.scrollIntoView();
}
form.hidden = false;
form.addEventListener("input", apply);
form.addEventListener("reset", () => setTimeout(apply));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", follow);
apply();
follow();
