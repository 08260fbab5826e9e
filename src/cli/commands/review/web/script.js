// A key presses the button that names it; without this script the buttons work all the same.
'use strict';
(() => {
  const title = document.querySelector('h1');
  // A screen reader begins to read where the new question is.
  if (title) title.focus();
  const remembered = 'counterpart-review-keys';
  const box = document.getElementById('keys');
  if (box) {
    box.parentElement.hidden = false;
    box.checked = localStorage.getItem(remembered) !== 'off';
    box.addEventListener('change', () => localStorage.setItem(remembered, box.checked ? 'on' : 'off'));
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || (box && !box.checked)) return;
    if (event.target.closest('input, textarea, select')) return;
    // There the key presses what has the focus.
    if (event.key === 'Enter' && event.target.closest('a, button, summary, label')) return;
    const named = [...document.querySelectorAll('[data-key]')].find((one) => one.dataset.key === event.key);
    if (!named) return;
    event.preventDefault();
    named.click();
  });
  // A second press while the answer is under way would be about what is no longer shown.
  document.querySelector('form')?.addEventListener('submit', (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = 'yes';
  });
})();
