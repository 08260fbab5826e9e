// The operations of the documents, and the answers that are set for them.
const MOST_OPERATIONS = 400;
let documents = [];
let operations = [];
const rows = new Map();
const nameOf = (one) => (one.document ? `${one.document}/${one.operation}` : one.operation);

const loadOperations = oneAtATime(async () => {
  const told = await get('operations');
  const outline = () => JSON.stringify([documents, operations.map(({ requests, broken, ...rest }) => rest)]);
  const before = outline();
  ({ documents, operations } = told);
  $('proxy').hidden = !told.proxy;
  if (before === outline() && rows.size) {
    for (const one of operations) rows.get(nameOf(one))?.count(one);
    return;
  }
  $('documents').replaceChildren(...documents.map((one) => el('li', {},
    `${one.title || one.name} ${one.version}${one.prefix ? ` at ${one.prefix}` : ''}${one.stateful ? ', stateful' : ''}`)));
  rows.clear();
  showOperations();
});

function showOperations() {
  const wanted = $('operation-filter').value.toLowerCase().split(/\s+/).filter((word) => word);
  const text = (one) => [one.method, one.path, one.operation, one.document, one.summary, ...one.tags, ...one.scopes].join(' ').toLowerCase();
  const found = operations.filter((one) => wanted.every((word) => text(one).includes(word)));
  const shown = found.slice(0, MOST_OPERATIONS);
  for (const one of shown) if (!rows.has(nameOf(one))) rows.set(nameOf(one), operationRow(one));
  const more = found.length - shown.length;
  $('operation-list').replaceChildren(...shown.map((one) => rows.get(nameOf(one)).item),
    ...(more > 0 ? [nothing(`and ${more} more: filter to see them`)] : []));
  $('operation-count').textContent = `${found.length} of ${operations.length}`;
}

function operationRow(one) {
  const calls = el('span', { class: 'dim' });
  const summary = el('span', { class: 'row' }, el('span', { class: 'method code' }, one.method),
    el('span', { class: 'grow code' }, one.path), calls);
  const item = el('li', {}, folded(summary, () => operationDetail(one)));
  const count = ({ requests, broken }) => {
    calls.textContent = requests ? `${requests} ${requests === 1 ? 'call' : 'calls'}${broken ? `, ${broken} broken` : ''}` : '';
  };
  count(one);
  return { item, count };
}

async function operationDetail(one) {
  const told = await get(`operations/${encodeURIComponent(one.operation)}`, { document: one.document });
  const access = one.open ? 'no key needed' : one.scopes.length ? one.scopes.join(', ') : 'a key, whatever its scopes';
  return [
    el('dl', { class: 'facts' }, el('dt', {}, 'operation'), el('dd', { class: 'code' }, nameOf(one)),
      el('dt', {}, 'access'), el('dd', {}, access)),
    el('p', {}, told.summary),
    command(told.curl, 'No request can be made for it.'),
    ' ',
    button('Show its calls', () => {
      $('entry-filter').value = one.operation;
      filterEntries();
      $('journal').focus();
    }),
    answerForm(one, told.answers),
  ];
}

// What is sent to the next calls of an operation.
function answerForm(one, answers) {
  const choices = answers.flatMap(({ status, examples, body, success }) => [
    { status, body, text: `${status}${success ? ' (success)' : ''}` },
    ...examples.map((example) => ({ status, example, text: `${status} · ${example}` })),
  ]);
  const choice = el('select', {}, choices.map((known, at) => el('option', { value: at }, known.text)),
    el('option', { value: '' }, 'another status'));
  const status = el('input', { type: 'number', min: 200, max: 599, value: 503 });
  const other = el('label', { hidden: choices.length > 0 }, 'Status ', status);
  const body = el('textarea', { rows: 5, spellcheck: 'false' });
  const times = el('select', {}, el('option', { value: 1 }, 'once'),
    el('option', { value: Number.MAX_SAFE_INTEGER }, 'until it is removed'));
  const delay = el('input', { size: 7, placeholder: '300ms' });
  choice.addEventListener('change', () => { other.hidden = choice.value !== ''; });
  const form = el('form', {
    onsubmit: acting(async () => {
      const chosen = choices[choice.value] ?? { status: Number(status.value) };
      const set = { operation: nameOf(one), code: chosen.status, times: Number(times.value) };
      if (body.value.trim()) {
        try {
          set.body = read(body.value);
        } catch (why) {
          throw new Error(`the body is not JSON: ${why.message}`);
        }
      } else if (chosen.example) {
        set.example = chosen.example;
      }
      if (delay.value.trim()) set.delay = delay.value.trim();
      await ask('POST', 'answers', { body: set });
      await loadAnswers();
      return `The next ${set.times === 1 ? 'call' : 'calls'} of ${nameOf(one)} will get ${set.code}.`;
    }),
  }, el('fieldset', {}, el('legend', {}, 'Set the next answer'),
    el('div', { class: 'tools' }, el('label', {}, 'Answer ', choice), other, el('label', {}, 'for ', times),
      el('label', {}, 'delay ', delay)),
    el('label', { class: 'field' }, 'Body as JSON (empty: what the mock has for the answer)', body),
    el('div', { class: 'tools' }, el('button', { class: 'yes' }, 'Set'),
      button('Start from the usual body', () => {
        const usual = choices[choice.value]?.body;
        if (usual === null || usual === undefined) return 'There is no JSON body to start from.';
        body.value = pretty(usual);
        body.focus();
        return null;
      }))));
  return form;
}

const loadAnswers = oneAtATime(async () => {
  const { told: { answers }, text } = await ask('GET', 'answers');
  if (isShown('answer-list', text)) return;
  const items = answers.slice(0, MOST_OPERATIONS).map((one) => el('li', { class: 'tools' },
    el('span', { class: 'code' }, one.operation),
    el('span', { class: statusClass(one.code ?? 200) }, one.code ?? 'success'),
    one.example ? el('span', {}, `example ${one.example}`) : null,
    one.body === undefined ? null : el('span', { class: 'code dim' }, JSON.stringify(one.body).slice(0, 80)),
    one.delay ? el('span', { class: 'dim' }, `after ${one.delay}`) : null,
    el('span', { class: 'dim' }, one.times === 1 ? 'once' : one.times > 1e9 ? 'until it is removed' : `${one.times} times`),
    button('Remove', async () => {
      await ask('DELETE', 'answers', { query: { operation: one.operation } });
      await loadAnswers();
      $('answers').focus();
      return `No answers are set for ${one.operation} any more.`;
    }, { 'aria-label': `Remove what is set for ${one.operation}` })));
  $('answer-list').replaceChildren(...(items.length ? items : [nothing('None: open an operation to set one.')]));
});

