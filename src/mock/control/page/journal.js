// The journal: newest first, asked for again and again while somebody looks.
const EVERY = 1_000;
const AT_ONCE = 200;
const MOST_ENTRIES = 300;
// More answers that could have been given are folded away.
const FEW = 5;
// A request that is still being answered gets its entry later than those after it; that far back they are waited for.
const BEHIND = 50;
const journal = { after: 0, newest: 0, known: new Set(), isPaused: false, isLost: false };

function forgetEntries() {
  Object.assign(journal, { after: 0, newest: 0, known: new Set() });
  $('entry-list').replaceChildren();
}

// Fetches what is new; whether anything is.
async function poll() {
  const own = session;
  const told = await get('requests', { after: journal.after, limit: AT_ONCE });
  // What was on its way when another session was chosen is not of that one.
  if (own !== session) return [];
  if (journal.newest === 0 && told.requests.length) journal.after = told.requests[0].id - 1;
  const fresh = told.requests.filter((one) => one.id > journal.after && !journal.known.has(one.id));
  for (const one of fresh) {
    journal.known.add(one.id);
    journal.newest = Math.max(journal.newest, one.id);
    addEntry(one);
  }
  while (journal.known.has(journal.after + 1)) journal.after += 1;
  journal.after = Math.max(journal.after, journal.newest - BEHIND);
  for (const id of journal.known) if (id <= journal.after) journal.known.delete(id);
  if (fresh.length) tidyEntries();
  return fresh;
}

function addEntry(one) {
  const list = $('entry-list');
  const item = entryRow(one);
  item.dataset.id = one.id;
  const before = [...list.children].find((other) => Number(other.dataset.id) < one.id);
  list.insertBefore(item, before ?? null);
}

function tidyEntries() {
  const list = $('entry-list');
  // What somebody reads stays.
  for (const item of [...list.children].slice(MOST_ENTRIES)) if (!item.querySelector('details[open]')) item.remove();
  filterEntries();
}

function filterEntries() {
  const wanted = $('entry-filter').value.toLowerCase().split(/\s+/).filter((word) => word);
  const onlyBroken = $('only-broken').checked;
  let count = 0;
  for (const item of $('entry-list').children) {
    const isWanted = wanted.every((word) => item.dataset.text.includes(word)) && (!onlyBroken || item.dataset.broken === 'yes');
    item.hidden = !isWanted;
    count += isWanted;
  }
  $('entry-count').textContent = `${count} of ${$('entry-list').children.length} shown`;
}

const targetOf = (url) => url.replace(/^[a-z]+:\/\/[^/]*/i, '');
const timeOf = (at) => new Date(at).toLocaleTimeString();

function entryRow(one) {
  const marks = [
    one.violations.length ? `${one.violations.length} ${one.violations.length === 1 ? 'violation' : 'violations'}` : '',
    one.findings?.length ? `${one.findings.length} ${one.findings.length === 1 ? 'finding' : 'findings'}` : '',
    one.chaos ? `chaos: ${one.chaos}` : '',
  ].filter((mark) => mark).join(', ');
  const summary = el('span', { class: 'row' },
    el('span', { class: 'method code' }, one.method),
    el('span', { class: 'grow code' }, targetOf(one.url)),
    el('span', { class: 'note' }, marks),
    el('span', { class: statusClass(one.status) }, one.status || 'closed'),
    el('span', { class: 'dim' }, one.source),
    el('time', { class: 'dim', datetime: one.at }, timeOf(one.at)));
  const item = el('li', {}, folded(summary, () => entryDetail(one.id)));
  item.dataset.text = [one.id, one.method, targetOf(one.url), one.operation, one.status, one.source, one.key].join(' ').toLowerCase();
  item.dataset.broken = one.violations.length || one.findings?.length ? 'yes' : 'no';
  return item;
}

// Most messages begin with the place.
const line = ({ in: place, pointer, message: text }) => el('li', {},
  text.startsWith(place) ? null : [el('code', {}, `${place}${pointer}`), ' '], text);
const lines = (title, all) => (all?.length ? [el('h3', {}, title), el('ul', { class: 'lines' }, all)] : []);

function message(title, first, headers, body) {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const shown = [...first, ...fields].join('\n');
  return [el('h3', {}, title), el('pre', { tabindex: 0, 'aria-label': `${title}, header section` }, shown),
    body === null || body === undefined ? [] : el('pre', { tabindex: 0, 'aria-label': `${title}, body` }, pretty(body))];
}

async function entryDetail(id) {
  const one = await get(`requests/${id}`);
  const candidates = one.candidates.map((each) => el('tr', { class: each.chosen ? 'chosen' : null },
    el('td', {}, each.source), el('td', {}, each.status),
    el('td', {}, each.chosen ? 'chosen' : each.lacked.length ? each.lacked.join('; ') : 'an earlier one was taken')));
  return [
    el('dl', { class: 'facts' },
      el('dt', {}, 'why this answer'), el('dd', {}, one.why),
      el('dt', {}, 'operation'), el('dd', { class: 'code' }, one.operation ?? 'none'),
      el('dt', {}, 'request'), el('dd', {}, `number ${id}, ${one.duration_ms} ms${one.key ? `, key ${one.key}` : ''}`),
      one.unjudged ? [el('dt', {}, 'not judged'), el('dd', {}, one.unjudged)] : []),
    lines('Violations', one.violations.map(line)),
    lines('Names that the document does not have', one.unknown.map(line)),
    lines('Findings', (one.findings ?? []).map((text) => el('li', {}, text))),
    candidates.length ? el('details', { open: candidates.length <= FEW },
      el('summary', {}, el('h3', { class: 'inline' }, `Answers that could have been given: ${candidates.length}`)),
      el('table', {},
        el('thead', {}, el('tr', {}, ['Answer', 'Status', 'What it lacked'].map((name) => el('th', { scope: 'col' }, name)))),
        el('tbody', {}, candidates))) : null,
    message('Request', [`${one.method} ${targetOf(one.url)}`], one.headers, one.body),
    message('Answer', [one.status ? String(one.status) : 'the connection was closed'], one.answer.headers, one.answer.body),
    el('h3', {}, 'Again'),
    command(one.curl, 'Only the beginning of its body is known, so that it cannot be sent again.'),
    ' ',
    button('Save as fixture', () => saveFixture(id)),
  ];
}

async function saveFixture(id) {
  const { document: name, files, problems } = await get(`fixtures/${id}`);
  if (!files.length) throw new Error('there is nothing to save of this answer');
  for (const { path, text, base64 } of files) {
    const content = text ?? Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
    download(path.split('/').pop(), content);
  }
  const paths = files.map(({ path }) => (name ? `${name}/${path}` : path)).join(' and ');
  return `Downloaded; put it into your fixtures as ${paths}.${problems.length ? ` The document says against it: ${problems.join('; ')}` : ''}`;
}

