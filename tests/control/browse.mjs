// Uses the page of a mock in headless Chromium, and prints what it saw as JSON.
//   node browse.mjs ADDRESS AXE             all of it, at the mock of tests/it/page.rs; AXE is axe.min.js
//   node browse.mjs --hostile ADDRESS       everything opened, whatever the document and the requests hold
//   node browse.mjs --pictures ADDRESS TO   pictures for docs/
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { evaluate, examine, loads, picture, screen, send, walk, watched } from '../chromium.mjs';

// Waits for something to be true of the page.
async function until(expression) {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await evaluate(expression)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`never: ${expression}\n${await evaluate('document.body.innerText')}`);
}
const text = (selector) => evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? null`);
const texts = (selector) => evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.innerText.replace(/\\s+/g, ' ').trim())`);
const click = (selector) => evaluate(`void document.querySelector(${JSON.stringify(selector)}).click()`);
// The button of that name below a place.
const press = (where, name) => evaluate(`void [...document.querySelectorAll(${JSON.stringify(`${where} button`)})].find((one) => one.innerText === ${JSON.stringify(name)}).click()`);
const fill = (selector, value, event = 'input') => evaluate(`(() => { const field = document.querySelector(${JSON.stringify(selector)});
  field.value = ${JSON.stringify(value)}; field.dispatchEvent(new Event(${JSON.stringify(event)}, { bubbles: true })); })()`);
const said = async (words) => { await until(`document.getElementById('status').innerText.includes(${JSON.stringify(words)})`); return text('#status'); };
const open = async (selector) => {
  await evaluate(`void (document.querySelector(${JSON.stringify(selector)}).open = true)`);
  await until(`document.querySelector(${JSON.stringify(`${selector} > .inside`)})?.hasChildNodes()`);
};
const call = async (address, path, options) => (await fetch(`${address}${path}`, options)).status;
const json = (value) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
// What would have been downloaded.
const CATCH = `window.saved = []; HTMLAnchorElement.prototype.click = function () { fetch; saved.push(this.download); }; window.copied = [];
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { copied.push(text); } } });`;

async function shown(address) {
  await loads(async () => { await send('Page.navigate', { url: `${address}/__counterpart/` }); });
  await until('document.querySelectorAll("#operation-list > li").length > 0 && document.getElementById("state-list").hasChildNodes()');
  await evaluate(`${CATCH} 0`);
}

async function all(address, axe) {
  const source = readFileSync(axe, 'utf8');
  const { asked, wrong } = watched();
  const told = { violations: [], wide: [] };
  const look = (name) => examine(source, told, name);
  await screen(1200, 800, 'light');
  await shown(address);
  await look('empty');
  told.documents = await texts('#documents li');
  told.operations = await texts('#operation-list > li .row');
  await fill('#operation-filter', 'post pets');
  told.filtered = await texts('#operation-list > li .row');
  await fill('#operation-filter', '');
  // A request comes by itself, and opens to all that is known of it.
  await call(address, '/pets?limit=x');
  await until('document.querySelectorAll("#entry-list > li").length === 1');
  told.entry = (await texts('#entry-list > li .row')).map((row) => row.replace(/\d+:\d+:\d+.*/, 'TIME'));
  await open('#entry-list > li details');
  const inside = await text('#entry-list > li .inside');
  told.inside = ['request.query.limit', 'why this answer', 'What it lacked', 'curl -i', 'content-type: application/problem+json']
    .map((words) => inside.includes(words));
  await look('entry');
  await press('#entry-list', 'Copy as curl');
  await said('Copied');
  // The set answer is sent once.
  await open('#operation-list > li:first-child details');
  await look('operation');
  await press('#operation-list > li:first-child', 'Copy as curl');
  await until('copied.length === 2');
  told.copied = await evaluate('copied');
  await evaluate('void (document.querySelector("#operation-list select").value = "")');
  await fill('#operation-list select', '', 'change');
  await fill('#operation-list input[type=number]', '503');
  await fill('#operation-list textarea', '{"id": 12345678901234567890}');
  await press('#operation-list > li:first-child', 'Set');
  told.set = await said('will get');
  told.answers = await texts('#answer-list > li');
  const answer = await fetch(`${address}/pets`);
  told.answered = [answer.status, await answer.text(), await call(address, '/pets')];
  await until('document.querySelectorAll("#entry-list > li").length === 3');
  await until('document.querySelector("#answer-list").innerText.startsWith("None")');
  // Until it is removed.
  await evaluate('document.querySelectorAll("#operation-list select")[1].selectedIndex = 1');
  await press('#operation-list > li:first-child', 'Set');
  await until('document.querySelector("#answer-list").innerText.includes("until")');
  told.kept = [await call(address, '/pets'), await call(address, '/pets')];
  await press('#answer-list', 'Remove');
  await said('any more');
  told.removed = await call(address, '/pets');
  await until('document.querySelector("#operation-list .row").innerText.includes("6 calls")');
  told.calls = (await texts('#operation-list > li:first-child .row'))[0];
  await press('#operation-list', 'Show its calls');
  await fill('#entry-filter', 'nothing is called so');
  told.hidden = await evaluate('document.querySelectorAll("#entry-list > li:not([hidden])").length');
  await fill('#entry-filter', '');
  await click('#only-broken');
  told.broken = await evaluate('document.querySelectorAll("#entry-list > li:not([hidden])").length');
  await click('#only-broken');
  // What is known of a request that was answered becomes a fixture.
  await open('#entry-list > li:first-child details');
  await press('#entry-list > li:first-child', 'Save as fixture');
  told.fixture = [await said('Downloaded'), await evaluate('saved')];
  // A pause is one.
  await click('#pause');
  await call(address, '/pets');
  await new Promise((done) => setTimeout(done, 2_500));
  told.paused = [await evaluate('document.querySelectorAll("#entry-list > li").length'), await evaluate('document.getElementById("pause").getAttribute("aria-pressed")')];
  await click('#pause');
  await until('document.querySelectorAll("#entry-list > li").length === 7');
  await scenario(address, told);
  await state(address, told, look);
  await webhooks(told, look);
  // Another session has a journal of its own.
  await call(address, '/__session/other/pets');
  await fill('#session', 'other', 'change');
  await until('document.querySelectorAll("#entry-list > li").length === 1');
  told.session = [await said('session other'), (await texts('#entry-list .row'))[0].includes('/__session/other/pets')];
  await fill('#session', 'no such name!', 'change');
  told.badSession = await said('a session name has');
  await fill('#session', '', 'change');
  await said('nameless');
  // All begins again.
  await click('#reset');
  await until('document.getElementById("sure").open');
  await look('asked');
  await click('#sure-yes');
  await said('Everything began again');
  told.after = [await evaluate('document.querySelectorAll("#entry-list > li").length'), await evaluate('document.getElementById("scenario").value')];
  const { nodes } = await send('Accessibility.getFullAXTree');
  told.read = nodes.filter((node) => !node.ignored && ['main', 'banner', 'navigation', 'status', 'region'].includes(node.role?.value))
    .map((node) => `${node.role.value} ${node.name?.value ?? ''}`.trim());
  return { ...told, asked: [...asked], wrong };
}

async function scenario(address, told) {
  await fill('#scenario', 'outage', 'change');
  await said('outage is played');
  told.outage = await call(address, '/pets');
  await fill('#scenario', '', 'change');
  await said('No scenario');
  told.noOutage = await call(address, '/pets');
}

async function state(address, told, look) {
  await call(address, '/pets', json({ name: 'Rex' }));
  await until('document.querySelector("#state-list").innerText.includes("objects")');
  await open('#state-list > details');
  const before = await evaluate('document.querySelectorAll("#state-list li > details").length');
  await open('#state-list li:last-child > details');
  await look('state');
  await press('#state-list li:last-child', 'Edit');
  await fill('#state-list li:last-child textarea', '{"id": 9007199254740993, "name": "Rex the second"}');
  await press('#state-list li:last-child', 'Save');
  await said('Saved');
  told.edited = await (await fetch(`${address}/pets/9007199254740993`)).text();
  await until('document.querySelector("#state-list details[open] li")');
  await open('#state-list li:last-child > details');
  await press('#state-list li:last-child', 'Edit');
  await fill('#state-list li:last-child textarea', '{"id": "no number"}');
  await press('#state-list li:last-child', 'Save');
  told.refused = await said('does not match');
  await press('#state-list li:last-child', 'Delete…');
  await until('document.getElementById("sure").open');
  await click('#sure-yes');
  await said('Deleted');
  told.deleted = [await call(address, '/pets/9007199254740993'), before];
}

async function webhooks(told, look) {
  await open('#webhook-list > li details');
  await look('webhook');
  await press('#webhook-list', 'Send');
  told.noAddress = await said('webhook');
  await fill('#webhook-list input[type=url]', 'http://127.0.0.1:9/hook');
  await press('#webhook-list', 'Send');
  told.sent = await said('is on its way');
  await until('document.querySelector("#delivery-list").innerText.includes("127.0.0.1:9/hook")');
}

// Whether anything of the document or of a request became more than text.
async function hostile(address) {
  const { asked, wrong } = watched();
  await screen(375, 720, 'light', true);
  await shown(address);
  await until('document.querySelectorAll("#entry-list > li").length > 0');
  for (let round = 0; round < 4; round += 1) {
    await evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    await new Promise((done) => setTimeout(done, 500));
  }
  await press('#entry-list', 'Save as fixture');
  await until('saved.length > 0');
  await evaluate('document.querySelectorAll("button").forEach((one) => { if (one.innerText === "Copy as curl") one.click(); })');
  await until('copied.length >= 6');
  return {
    text: await evaluate('document.body.innerText'),
    title: await evaluate('document.title'),
    owned: await evaluate('window.owned ?? null'),
    made: await evaluate('document.querySelectorAll("main img, main svg, main iframe, main script, main style, main b").length'),
    wide: await evaluate('document.documentElement.scrollWidth - innerWidth'),
    saved: await evaluate('saved'),
    controls: await evaluate('/[\\u202e\\u200b\\u0007]/.test(document.body.innerText + copied.join(""))'),
    asked: [...asked],
    wrong,
  };
}

async function pictures(address, to) {
  await screen(1280, 900, 'light');
  await shown(address);
  await until('document.querySelectorAll("#entry-list > li").length > 3');
  await open('#entry-list > li:first-child details');
  await open('#operation-list > li:nth-child(2) details');
  await picture(join(to, 'page-light.png'));
  await screen(1280, 900, 'dark');
  await picture(join(to, 'page-dark.png'));
  await screen(375, 812, 'light', true);
  await evaluate('document.querySelectorAll("#operation-list details").forEach((one) => { one.open = false; })');
  await evaluate('document.getElementById("journal").scrollIntoView()');
  await picture(join(to, 'page-phone.png'));
  return {};
}

await walk(() => {
  const [first, second, third] = process.argv.slice(2);
  const walks = { '--hostile': () => hostile(second), '--pictures': () => pictures(second, third) };
  return (walks[first] ?? (() => all(first, second)))();
});
