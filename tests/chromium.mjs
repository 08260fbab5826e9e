// Headless Chromium, over its own protocol on a pipe, for the tests that walk through pages.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const browser = ['chromium', 'chromium-browser', 'google-chrome']
  .find((name) => spawnSync(name, ['--version']).status === 0);
const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
const child = spawn(browser, ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe',
  '--disable-background-networking', '--no-first-run', `--user-data-dir=${profile}`],
{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

let number = 0;
const answers = new Map();
const listeners = [];
let rest = '';
child.stdio[4].on('data', (octets) => {
  const parts = (rest + octets).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      const { done, failed } = answers.get(message.id);
      answers.delete(message.id);
      if (message.error) failed(new Error(message.error.message)); else done(message.result);
    } else {
      for (const listener of [...listeners]) listener(message);
    }
  }
});
// A browser that ends may reset its pipes; what it was still asked fails then.
for (const pipe of [child.stdio[3], child.stdio[4]]) pipe.on('error', () => {});
child.on('exit', () => { for (const { failed } of answers.values()) failed(new Error('the browser ended')); });
let sessionId;
export const send = (method, params = {}) => new Promise((done, failed) => {
  number += 1;
  answers.set(number, { done, failed });
  child.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId }) + '\0');
});
export const heard = (method) => new Promise((done) => {
  const listener = (message) => {
    if (message.method !== method) return;
    listeners.splice(listeners.indexOf(listener), 1);
    done(message.params);
  };
  listeners.push(listener);
});
export const evaluate = async (expression) => {
  const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
};
export const loads = async (act) => {
  const loaded = heard('Page.loadEventFired');
  await act();
  await loaded;
  await evaluate('document.readyState === "complete" || new Promise((done) => addEventListener("load", done))');
};
export const key = async (text) => {
  const named = text.length > 1;
  const code = { Enter: 13, Tab: 9 }[text];
  const event = named ? { key: text, code: text, windowsVirtualKeyCode: code, ...(text === 'Enter' ? { text: '\r' } : {}) } : { key: text, text };
  await send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
  await send('Input.dispatchKeyEvent', { type: 'keyUp', key: event.key });
};
export const screen = (width, height, scheme, mobile = false) => Promise.all([
  send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile }),
  send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] }),
]);
export const picture = async (file) => {
  const { data } = await send('Page.captureScreenshot', { format: 'png' });
  writeFileSync(file, Buffer.from(data, 'base64'));
};

const attached = async () => {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  ({ sessionId } = await send('Target.attachToTarget', { targetId, flatten: true }));
  await Promise.all(['Page', 'Runtime', 'Network', 'Log', 'Accessibility'].map((part) => send(`${part}.enable`)));
};

// What the browser asks for and complains of.
export function watched() {
  const told = { asked: new Set(), wrong: [] };
  listeners.push(({ method, params }) => {
    if (method === 'Network.requestWillBeSent') told.asked.add(new URL(params.request.url).origin);
    if (method === 'Runtime.exceptionThrown') told.wrong.push(params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level === 'error') told.wrong.push(params.entry.text);
  });
  return told;
}

// What axe says about the page as it is, in both schemes, on a desk and on a phone; `file` names a picture of each.
export async function examine(source, told, name, file) {
  for (const [scheme, size, width, height] of [
    ['light', 'desktop', 1200, 800], ['dark', 'desktop', 1200, 800], ['light', 'phone', 375, 720], ['dark', 'phone', 375, 720],
  ]) {
    await screen(width, height, scheme, size === 'phone');
    await evaluate(source + '; 0');
    const found = await evaluate('axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" ").slice(0, 300)))');
    told.violations.push(...found.map((one) => `${name} ${scheme} ${size} ${one}`));
    const over = await evaluate('document.documentElement.scrollWidth - innerWidth');
    if (over > 0) told.wide.push(`${name} ${size} ${over}`);
    if (file) await picture(file(size, scheme));
  }
  await screen(1200, 800, 'light');
}

// Does something in a new tab, prints what that tells as JSON, and ends the browser.
export async function walk(act) {
  const limit = setTimeout(() => { console.error('it takes too long'); child.kill(); process.exit(1); }, 240_000);
  try {
    await attached();
    console.log(JSON.stringify(await act()));
  } finally {
    clearTimeout(limit);
    child.kill();
    await new Promise((done) => child.on('exit', done));
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    } catch {
      // Some process of the browser still writes there; it is a temporary folder.
    }
  }
}
