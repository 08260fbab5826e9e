// What a stateful mock keeps: collections and their objects.
const OBJECTS = 50;
// More is loaded again only where somebody asks, in characters.
const MOST_FOLLOWED = 1 << 20;
let stateSize = 0;

const loadState = oneAtATime(async () => {
  const stateful = documents.filter((one) => one.stateful);
  const parts = [];
  stateSize = 0;
  for (const one of stateful) {
    const { told, text } = await ask('GET', 'state', { query: { document: one.name } });
    stateSize += text.length;
    parts.push(...Object.entries(told).map(([name, objects]) => collectionOf(one.name, name, objects, text)));
  }
  const open = new Set([...$('state-list').querySelectorAll('details[open][data-name]')].map((part) => part.dataset.name));
  $('state-list').replaceChildren(...parts, parts.length || stateful.length
    ? el('div', { class: 'tools' }, button('Load again', async () => { await loadState(); return 'The state is as it is now.'; }),
      button('Reset the state…', resetState, { class: 'no' }))
    : el('p', { class: 'dim' }, 'This mock keeps none; start it with --stateful.'));
  for (const part of $('state-list').querySelectorAll('details[data-name]')) part.open = open.has(part.dataset.name);
});

// Whether it may be loaded again by itself: nobody reads or edits in it, and it is not large.
const mayLoadState = () => stateSize < MOST_FOLLOWED && !$('state-list').contains(document.activeElement)
  && !$('state-list').querySelector('li details[open], form');

async function resetState() {
  if (!await sure('Reset the state?', 'All collections of this session begin again. What clients created is gone.', 'Reset the state')) return null;
  await ask('DELETE', 'state');
  await loadState();
  return 'All collections began again.';
}

function collectionOf(document, name, objects, text) {
  const title = documents.length > 1 ? `${document}: ${name}` : name;
  const place = { document, name, isRounded: isRounded(text) };
  const summary = el('span', { class: 'row' }, el('span', { class: 'grow code' }, title),
    el('span', { class: 'dim' }, `${objects.length} ${objects.length === 1 ? 'object' : 'objects'}`));
  return folded(summary, () => {
    const list = el('ul', { class: 'plain' });
    const more = (from) => {
      list.append(...objects.slice(from, from + OBJECTS).map((object) => objectOf(place, object)));
      if (from + OBJECTS < objects.length) {
        const next = el('li', {}, button(`Show more of ${objects.length}`, () => { next.remove(); more(from + OBJECTS); }));
        list.append(next);
      }
    };
    more(0);
    const adding = el('div', {});
    return [list, el('div', { class: 'tools' }, button('Add an object', () => edit(adding, place, undefined))), adding];
  }, { 'data-name': `${document}/${name}` });
}

function objectOf(place, object) {
  const words = JSON.stringify(object);
  const editor = el('div', {});
  const short = words.length > 100 ? `${words.slice(0, 100)}…` : words;
  return el('li', {}, folded(el('span', { class: 'code' }, short), () => [
    el('pre', { tabindex: 0, 'aria-label': 'object' }, pretty(object)),
    el('div', { class: 'tools' }, button('Edit', () => edit(editor, place, object)),
      button('Delete…', async () => {
        if (!await sure('Delete this object?', short, 'Delete')) return null;
        await change(place, object, undefined);
        return 'Deleted.';
      }, { class: 'no' })),
    editor,
  ]));
}

function edit(into, place, object) {
  if (into.firstChild) return;
  const text = el('textarea', { rows: 10, spellcheck: 'false' });
  text.value = object === undefined ? '{\n}' : pretty(object);
  const close = () => into.replaceChildren();
  into.append(el('form', {
    onsubmit: acting(async () => {
      let wanted;
      try {
        wanted = read(text.value);
      } catch (why) {
        throw new Error(`this is not JSON: ${why.message}`);
      }
      if (isRounded(text.value)) throw new Error('this browser would round a large number of it');
      await change(place, object, wanted);
      return 'Saved.';
    }),
  }, el('label', { class: 'field' }, 'Object as JSON', text),
  el('p', { class: 'dim' }, 'Saving replaces the collection: what is kept below its objects begins again.'),
  el('div', { class: 'tools' }, el('button', { class: 'yes' }, 'Save'), button('Cancel', close))));
  text.focus();
}

// Puts another object in the place of one; `undefined` is none. The list is read again first, so that what others changed
// meanwhile stays.
async function change({ document, name, isRounded: rounds }, before, after) {
  if (rounds) throw new Error('this browser would round large numbers of this state; use PUT /__counterpart/state');
  const query = { document };
  const { told } = await ask('GET', 'state', { query });
  const objects = told[name] ?? [];
  if (before === undefined) {
    objects.push(after);
  } else {
    const at = objects.findIndex((one) => JSON.stringify(one) === JSON.stringify(before));
    if (at < 0) throw new Error('somebody changed it meanwhile; load the state again');
    objects.splice(at, 1, ...(after === undefined ? [] : [after]));
  }
  await ask('PUT', 'state', { body: { [name]: objects }, query });
  await loadState();
  $('state').focus();
}

