// Webhooks to fire, and what became of what was sent.
async function loadWebhooks() {
  const { webhooks } = await get('webhooks');
  const items = webhooks.map((one) => {
    const url = el('input', { type: 'url', size: 32, placeholder: one.urls[0] ?? 'address to send to' });
    const body = el('textarea', { rows: 4, spellcheck: 'false' });
    const summary = el('span', { class: 'row' }, el('span', { class: 'method code' }, one.method),
      el('span', { class: 'grow code' }, documents.length > 1 ? `${one.document}: ${one.name}` : one.name),
      el('span', { class: 'dim' }, one.summary));
    return el('li', {}, folded(summary, () => el('form', {
      onsubmit: acting(async () => {
        const wanted = {};
        if (url.value.trim()) wanted.url = url.value.trim();
        if (body.value.trim()) {
          try {
            wanted.body = read(body.value);
          } catch (why) {
            throw new Error(`the body is not JSON: ${why.message}`);
          }
        }
        const query = { document: one.document };
        const { told } = await ask('POST', `webhooks/${encodeURIComponent(one.name)}`, { body: wanted, query });
        await loadDeliveries();
        return `${one.name} is on its way: delivery ${told.delivery}.`;
      }),
    }, el('label', { class: 'field' }, one.urls.length ? 'Address (empty: the configured one) ' : 'Address ', url),
    el('label', { class: 'field' }, 'Body as JSON (empty: one is made)', body),
    el('button', { class: 'yes' }, 'Send'))));
  });
  $('webhook-list').replaceChildren(...(items.length ? items : [nothing('The document has none.')]));
}

const loadDeliveries = oneAtATime(async () => {
  const { told: { deliveries }, text } = await ask('GET', 'deliveries');
  if (isShown('delivery-list', text)) return;
  const open = new Set([...$('delivery-list').querySelectorAll('details[open]')].map((part) => part.dataset.id));
  const items = deliveries.reverse().slice(0, MOST_ENTRIES).map((one) => {
    const tries = one.attempts.map((attempt) => attempt.status ?? attempt.error).join(', ');
    const summary = el('span', { class: 'row' }, el('span', { class: 'method code' }, one.method),
      el('span', { class: 'grow code' }, `${one.name} to ${one.url}`),
      el('span', { class: one.state === 'delivered' ? 's2' : 'note' }, one.state),
      el('span', { class: 'dim' }, tries));
    const part = folded(summary, () => el('pre', { tabindex: 0, 'aria-label': 'delivery' }, pretty(one)), { 'data-id': one.id });
    part.open = open.has(String(one.id));
    return el('li', {}, part);
  });
  $('delivery-list').replaceChildren(...(items.length ? items : [nothing('Nothing was sent.')]));
});

