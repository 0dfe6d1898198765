"use strict";
const items = [...document.querySelectorAll(".item")];
const text = document.getElementById("filter-text");
const selects = { state: document.getElementById("filter-state"), topic: document.getElementById("filter-topic") };
for (const [name, select] of Object.entries(selects)) {
  const values = [...new Set(items.map((item) => item.dataset[name]))].filter(Boolean).sort();
  for (const value of values) select.append(new Option(value, value));
  select.addEventListener("change", filter);
}
text.addEventListener("input", filter);
function filter() {
  const wanted = text.value.toLowerCase();
  let count = 0;
  for (const item of items) {
    const fits = Object.entries(selects).every(([name, s]) => !s.value || s.value === item.dataset[name]);
    item.hidden = !(fits && (!wanted || item.textContent.toLowerCase().includes(wanted)));
    if (!item.hidden) count += 1;
  }
  document.getElementById("filter-count").textContent = `${count} of ${items.length}`;
}
filter();
function open() {
  const item = location.hash && document.getElementById(location.hash.slice(1));
  if (!item || !item.classList.contains("item")) return;
  item.open = true;
  item.scrollIntoView();
}
addEventListener("hashchange", open);
open();
