// The page of the mock. Whatever comes from a document or a request is put in as text, never as markup.
'use strict';
const $ = (id) => document.getElementById(id);

// An element with its attributes, listeners (`onclick`) and children; texts among them stay texts.
function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== '')
    .map((child) => (child instanceof Node ? child : visible(String(child)))));
  return made;
}

// Characters that cannot be seen, or that turn a line around, as what they are.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff]/g;
const visible = (text) => text.replace(/\r\n/g, '\n')
  .replace(HIDDEN, (one) => `\\u${one.codePointAt(0).toString(16).padStart(4, '0')}`);

// Numbers that a browser would round are kept as they are written, where it can do that.
const canKeep = typeof JSON.rawJSON === 'function';
const read = (text) => JSON.parse(text, canKeep
  ? (_, value, { source } = {}) => (typeof value === 'number' && source !== undefined && String(value) !== source
    ? JSON.rawJSON(source) : value)
  : undefined);
const isRounded = (text) => !canKeep && /\d[\d.eE+-]{14,}/.test(text);
const pretty = (value) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

let session = '';
const base = new URL('.', location.href);

// Asks the control API. What it refuses is thrown with its reason.
async function ask(method, path, { body, query = {} } = {}) {
  const address = new URL(path, base);
  for (const [name, value] of Object.entries({ ...query, ...(session ? { session } : {}) })) {
    address.searchParams.set(name, value);
  }
  const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(address, { method, cache: 'no-store', ...json });
  const text = await answer.text();
  let told = null;
  try {
    told = text ? read(text) : null;
  } catch {
    throw new Error(`the mock answered ${answer.status} with what is not JSON`);
  }
  if (!answer.ok) throw new Error(told?.detail ?? `the mock answered ${answer.status}`);
  return { told, text };
}
const get = async (path, query) => (await ask('GET', path, { query })).told;

let quiet;
function say(text, isBad = false) {
  const status = $('status');
  clearTimeout(quiet);
  // What went wrong stays.
  if (!isBad) quiet = setTimeout(() => status.replaceChildren(), 10_000);
  status.replaceChildren(visible(text));
  status.className = isBad ? 'bad' : '';
}

// Does something for a button and says what came of it.
const acting = (act) => async (event) => {
  event?.preventDefault();
  try {
    const done = await act(event);
    if (done) say(done);
  } catch (why) {
    say(why.message, true);
  }
};
const button = (text, act, attributes = {}) => el('button', { type: 'button', onclick: acting(act), ...attributes }, text);

// Puts a command on the clipboard. Only addresses of this machine and https may do that; elsewhere it is selected. A
// terminal could take control characters of a request for the end of what is pasted, and the rest for commands.
async function copy(pre, text) {
  try {
    await navigator.clipboard.writeText(visible(text));
    return visible(text) === text ? 'Copied.' : 'Copied, with its control characters written as \\uXXXX.';
  } catch {
    getSelection().selectAllChildren(pre);
    return 'This browser does not let the page copy. The command is selected: press Ctrl+C.';
  }
}

function command(text, why) {
  if (!text) return el('p', { class: 'dim' }, why);
  const pre = el('pre', { tabindex: 0, 'aria-label': 'curl command' }, text);
  return [pre, button('Copy as curl', () => copy(pre, text))];
}

// Offers a file as a download; nothing is sent anywhere.
function download(name, content) {
  const address = URL.createObjectURL(new Blob([content]));
  el('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// A part that is filled when it is first opened.
function folded(summary, fill, attributes = {}) {
  const inside = el('div', { class: 'inside' });
  const part = el('details', attributes, el('summary', {}, summary), inside);
  part.addEventListener('toggle', async () => {
    if (!part.open || part.dataset.filled) return;
    part.dataset.filled = 'yes';
    try {
      inside.replaceChildren(...[await fill()].flat(9).filter((one) => one));
    } catch (why) {
      delete part.dataset.filled;
      inside.replaceChildren(el('p', { class: 'bad' }, why.message));
    }
  });
  return part;
}

// Asks before what cannot be undone.
function sure(title, text, yes) {
  const dialog = $('sure');
  $('sure-title').replaceChildren(visible(title));
  $('sure-text').replaceChildren(visible(text));
  $('sure-yes').replaceChildren(visible(yes));
  dialog.returnValue = '';
  return new Promise((done) => {
    dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true });
    dialog.showModal();
  });
}

// Runs at most once at a time, and once more where it was asked for meanwhile.
function oneAtATime(act) {
  let running = false;
  let again = false;
  return async () => {
    if (running) { again = true; return; }
    running = true;
    try {
      do { again = false; await act(); } while (again);
    } catch (why) {
      say(why.message, true);
    } finally {
      running = false;
    }
  };
}
// Whether a list shows this already; else it is noted. What is written anew loses the focus.
function isShown(id, text) {
  const list = $(id);
  const is = list.shown === text;
  list.shown = text;
  return is;
}
const nothing = (text) => el('li', { class: 'dim' }, text);
const statusClass = (status) => `s${Math.floor(status / 100)}`;

