// The parts together.
async function loadScenario() {
  const { name, scenarios } = await get('scenario');
  $('scenario').replaceChildren(el('option', { value: '' }, 'none'),
    ...scenarios.map((one) => el('option', { value: one, selected: one === name }, one)));
  $('scenario').disabled = scenarios.length === 0;
}

async function loadSessions() {
  const { session: own, sessions } = await get('sessions');
  $('sessions').replaceChildren(...sessions.map((one) => el('option', { value: one })));
  $('session').placeholder = own ?? 'shared';
}

async function loadAll() {
  forgetEntries();
  await Promise.all([loadOperations(), loadScenario(), loadSessions(), loadAnswers(), loadDeliveries()]);
  await Promise.all([loadWebhooks(), loadState()]);
}

// What requests may have changed.
async function follow(fresh) {
  const isWrite = fresh.some((one) => !['GET', 'HEAD', 'OPTIONS'].includes(one.method));
  await Promise.all([loadOperations(), loadAnswers(), loadDeliveries(), ...(isWrite && mayLoadState() ? [loadState()] : [])]);
}

async function beat() {
  try {
    if (!journal.isPaused && !document.hidden) {
      if (journal.isLost) {
        // It may be another mock.
        await loadAll();
        journal.isLost = false;
        say('The mock is there again.');
      }
      const fresh = await poll();
      if (fresh.length) await follow(fresh);
    }
  } catch (why) {
    if (!journal.isLost) say(`The mock does not answer: ${why.message}`, true);
    journal.isLost = true;
  }
  setTimeout(beat, EVERY);
}

$('operation-filter').addEventListener('input', showOperations);
$('entry-filter').addEventListener('input', filterEntries);
$('only-broken').addEventListener('change', filterEntries);
$('pause').addEventListener('click', () => {
  journal.isPaused = !journal.isPaused;
  $('pause').setAttribute('aria-pressed', journal.isPaused);
  say(journal.isPaused ? 'The journal is paused.' : 'The journal goes on.');
});
$('empty').addEventListener('click', acting(async () => {
  await ask('DELETE', 'requests');
  $('entry-list').replaceChildren();
  filterEntries();
  return 'The journal is empty.';
}));
$('scenario').addEventListener('change', acting(async () => {
  const name = $('scenario').value || null;
  await ask('PUT', 'scenario', { body: { name } });
  return name ? `The scenario ${name} is played.` : 'No scenario is played.';
}));
$('session').addEventListener('change', acting(async () => {
  const before = session;
  session = $('session').value.trim();
  try {
    await loadSessions();
  } catch (why) {
    session = before;
    $('session').value = before;
    throw why;
  }
  rows.clear();
  showOperations();
  await loadAll();
  return session ? `This is the session ${session}.` : 'This is the session that nameless requests share.';
}));
$('reset').addEventListener('click', acting(async () => {
  const what = 'The state begins again; the journal, set answers and deliveries of this session are emptied, and no scenario is played.';
  if (!await sure('Reset everything?', what, 'Reset everything')) return null;
  for (const part of ['state', 'answers', 'requests', 'deliveries']) await ask('DELETE', part);
  await ask('PUT', 'scenario', { body: { name: null } });
  await loadAll();
  filterEntries();
  return 'Everything began again.';
}));
$('sure-yes').addEventListener('click', () => $('sure').close('yes'));
$('sure-no').addEventListener('click', () => $('sure').close());
loadAll().catch((why) => say(why.message, true)).then(beat);
