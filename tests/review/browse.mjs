// Walks through a review in headless Chromium, over its own protocol on a pipe, and prints what it saw as JSON.
//   node browse.mjs ADDRESS AXE PICTURES       the review behind an address; AXE is axe.min.js
//   node browse.mjs --page ADDRESS AXE         what axe says about one page, folded and with all of it open
//   node browse.mjs --report ADDRESS PICTURES  a report: without a script, by a link, in print, and pictures of it
//   node browse.mjs --time ADDRESS             how many milliseconds a page takes until it is drawn, the best of five, and pages in print
//   node browse.mjs --terminal ANSI PICTURES   a picture of a terminal, from its colours
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { evaluate, examine, key, loads, picture, screen, send, watched, walk } from '../chromium.mjs';

async function page(address, axe) {
  const told = { violations: [], wide: [] };
  const { wrong } = watched();
  await loads(async () => { await send('Page.navigate', { url: address }); });
  await examine(readFileSync(axe, 'utf8'), told, 'page');
  await evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
  await examine(readFileSync(axe, 'utf8'), told, 'open');
  return { ...told, wrong };
}

const OPEN = 'document.querySelectorAll("details[open]").length';
const FORM = 'getComputedStyle(document.querySelector("form.filters")).display';

async function report(address, pictures) {
  const { asked, wrong } = watched();
  const told = {};
  const go = (url) => loads(async () => { await send('Page.navigate', { url }); });
  // The address of a finding opens it, with a script and without one.
  await go(address);
  const ids = await evaluate('[...document.querySelectorAll("details .inside[id], details .member[id]")].map((one) => one.id)');
  told.ids = ids.length;
  told.unique = new Set(ids).size === ids.length;
  const seen = (id) => evaluate(`(() => { const box = document.getElementById(${JSON.stringify(id)}).getBoundingClientRect(); return box.height > 0 && box.top >= 0 && box.top < innerHeight; })()`);
  const opened = async () => {
    let count = 0;
    for (const id of ids) {
      await go('about:blank');
      await go(`${address}#${id}`);
      count += (await evaluate(OPEN)) === 1 && (await seen(id));
    }
    return count;
  };
  await screen(1200, 800, 'light');
  told.opened = await opened();
  told.form = await evaluate(FORM);
  await send('Emulation.setScriptExecutionDisabled', { value: true });
  told.openedWithoutScript = await opened();
  told.formWithoutScript = await evaluate(FORM);
  told.words = await evaluate('document.documentElement.textContent.length');
  await send('Emulation.setScriptExecutionDisabled', { value: false });
  await go('about:blank');
  await go(address);
  told.pages = await pages();
  if (pictures) await photograph(pictures);
  return { ...told, asked: [...asked], wrong };
}

// How many pages it takes in print.
async function pages() {
  const { data } = await send('Page.printToPDF', { printBackground: true });
  return Buffer.from(data, 'base64').toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g).length;
}

async function photograph(pictures) {
  const shoot = (name) => picture(join(pictures, `${name}.png`));
  await screen(1200, 1000, 'light');
  await evaluate('document.querySelector(".finding").open = true');
  await shoot('report');
  await screen(375, 812, 'light', true);
  await shoot('report-phone');
  await evaluate('document.querySelector(".finding").open = false; document.querySelector(".pending").open = true; document.querySelector(".pending").scrollIntoView()');
  await screen(1200, 1000, 'dark');
  await evaluate('scrollTo(0, document.querySelector("#pending").getBoundingClientRect().top + scrollY - 110)');
  await shoot('report-dark');
  await evaluate('document.querySelector(".pending").open = false; scrollTo(0, 0)');
  await send('Emulation.setDeviceMetricsOverride', { width: 794, height: 1123, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', { media: 'print', features: [] });
  await shoot('report-print');
}

async function time(address) {
  const took = [];
  const busy = [];
  // The most that its own thread worked: what else the machine does meanwhile does not count.
  await send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => (await send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
  for (let tries = 0; tries < 5; tries += 1) {
    await loads(async () => { await send('Page.navigate', { url: 'about:blank' }); });
    const before = await worked();
    await loads(async () => { await send('Page.navigate', { url: address }); });
    // Until two frames were drawn after the page was there.
    took.push(await evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))'));
    const after = await worked();
    busy.push(after < before ? after : after - before);
  }
  const filter = await evaluate(`(() => {
    const choice = document.getElementById('by-text');
    const begun = performance.now();
    choice.value = 'op77';
    choice.dispatchEvent(new Event('input', { bubbles: true }));
    document.body.getBoundingClientRect();
    return performance.now() - begun;
  })()`);
  await loads(async () => { await send('Page.navigate', { url: address }); });
  return { best: Math.min(...took), busy: Math.max(...busy), filter, pages: await pages(), elements: await evaluate('document.querySelectorAll("*").length') };
}

async function review(address, axe, pictures) {
  const source = readFileSync(axe, 'utf8');
  const { asked, wrong } = watched();
  const told = { violations: [], titles: [], wide: [] };
  const look = (name, where) => examine(source, told, name, where && ((size, scheme) => join(where, `review-${size}-${scheme}.png`)));
  const title = async () => told.titles.push(await evaluate('document.querySelector("h1").textContent'));
  await loads(async () => { await send('Page.navigate', { url: address }); });
  // The entrance leads on by itself.
  for (let tries = 0; tries < 100 && !(await evaluate('!!document.querySelector("form.acts")')); tries += 1) {
    await new Promise((done) => setTimeout(done, 50));
  }
  told.address = await evaluate('location.pathname + location.search');
  told.cookies = await evaluate('document.cookie');
  told.focus = await evaluate('document.activeElement.tagName');
  await title();
  await look('shared');
  const { nodes } = await send('Accessibility.getFullAXTree');
  told.read = nodes.filter((node) => !node.ignored && ['button', 'heading', 'progressbar', 'link'].includes(node.role?.value))
    .map((node) => `${node.role.value} ${node.name?.value ?? ''}`.trim());
  await loads(() => key('A'));
  await title();
  await look('asked back');
  await loads(() => key('n'));
  await title();
  await loads(() => key('a'));
  await title();
  await look('one', pictures);
  await loads(() => key('2'));
  told.inline = await evaluate('document.querySelectorAll("pre.diff ins").length > 0 && !document.querySelector("table.diff")');
  await look('inline');
  await loads(() => key('1'));
  told.side = await evaluate('document.querySelectorAll("table.diff ins").length > 0 && !document.querySelector("pre.diff")');
  // Without letters: the Tab key reaches the buttons, and Enter presses one.
  for (let tries = 0; tries < 60 && (await evaluate('document.activeElement.value')) !== 'skip'; tries += 1) await key('Tab');
  await loads(() => key('Enter'));
  await title();
  // The view stays what was chosen.
  told.kept = await evaluate('location.search');
  // Keys can be switched off.
  await evaluate('document.getElementById("keys").click()');
  await key('r');
  await new Promise((done) => setTimeout(done, 300));
  await title();
  await evaluate('document.getElementById("keys").click()');
  await evaluate('document.activeElement.blur()');
  await loads(() => key('r'));
  await title();
  await look('long');
  await loads(() => key('q'));
  await title();
  await look('end');
  await loads(() => key('u'));
  await loads(() => key('A'));
  await loads(() => key('y'));
  await title();
  await loads(() => key('Enter'));
  await title();
  told.text = await evaluate('document.querySelector("main").innerText');
  await look('written');
  told.asked = [...asked];
  told.wrong = wrong;
  return told;
}

/// The colours of a terminal as a page, for its picture.
async function terminal(file, pictures) {
  const colors = { 31: '#ff8a80', 32: '#56d364', 33: '#e3b341' };
  let style = {};
  const html = readFileSync(file, 'utf8').trimEnd().split(/(\x1b\[[\d;]*m)/).map((part) => {
    const codes = part.match(/^\x1b\[([\d;]*)m$/);
    if (codes) {
      for (const code of codes[1].split(';')) {
        if (code === '' || code === '0') style = {};
        if (code === '1') style.bold = true;
        if (code === '2') style.dim = true;
        if (code === '39') delete style.color;
        if (colors[code]) style.color = colors[code];
      }
      return '';
    }
    const text = part.replace(/&/g, '&amp;').replace(/</g, '&lt;');
    const css = `${style.color ? `color:${style.color};` : ''}${style.bold ? 'font-weight:bold;' : ''}${style.dim ? 'opacity:.7;' : ''}`;
    return `<span style="${css}">${text}</span>`;
  }).join('');
  const page = `<meta charset="utf-8"><body style="margin:0;background:#0d1117;color:#e6edf3"><pre style="margin:0;padding:1rem;font:15px/1.35 monospace">${html}</pre>`;
  await screen(780, 330, 'dark');
  await loads(async () => { await send('Page.navigate', { url: `data:text/html;base64,${Buffer.from(page).toString('base64')}` }); });
  await picture(join(pictures, 'review-terminal.png'));
  return {};
}

await walk(() => {
  const [first, second, third] = process.argv.slice(2);
  const walks = { '--terminal': () => terminal(second, third), '--page': () => page(second, third),
    '--report': () => report(second, third), '--time': () => time(second) };
  return (walks[first] ?? (() => review(first, second, third)))();
});
