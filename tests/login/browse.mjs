// A front end of another origin logs in against a mock, by oidc-client-ts in headless Chromium; prints what it saw as JSON.
//   node browse.mjs ADDRESS MODULES [PICTURE]   MODULES is the folder that tests/login/install fills; PICTURE a file to make
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { evaluate, key, loads, picture, screen, send, walk, watched } from '../chromium.mjs';

const [address, modules, shot] = process.argv.slice(2);
const library = readFileSync(join(modules, 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'));

// The front end: it tells what it found in `told`.
const page = (own) => `<!DOCTYPE html><title>front end</title><script src="/oidc.js"></script><script>
const client = { authority: '${address}', client_id: 'front', redirect_uri: '${own}/callback', post_logout_redirect_uri: '${own}/bye',
  silent_redirect_uri: '${own}/silent', scope: 'openid profile pets:read', loadUserInfo: true };
const manager = new oidc.UserManager({ ...client, userStore: new oidc.WebStorageStateStore({ store: localStorage }) });
const ask = (token, method) => fetch('${address}/pets', { method, headers: { authorization: 'Bearer ' + token } });
const about = (user) => [user.profile.sub, user.profile.name, user.scope];
window.told = (async () => {
  if (location.pathname === '/callback') {
    const user = await manager.signinRedirectCallback();
    history.replaceState(null, '', '/in');
    const write = await ask(user.access_token, 'POST');
    return { user: about(user), read: (await ask(user.access_token, 'GET')).status,
      write: write.status, lacks: write.headers.get('www-authenticate').includes('insufficient_scope'), framed: window !== top };
  }
  if (location.pathname === '/silent') return manager.signinSilentCallback();
  if (location.pathname === '/bye') return { left: location.search };
})().catch((why) => ({ failed: String(why), error: why.error }));
const renewed = async () => {
  const before = await manager.getUser();
  const after = await manager.signinSilent();
  return { user: about(after), isOther: after.access_token !== before.access_token, read: (await ask(after.access_token, 'GET')).status };
};
const silently = async () => {
  const silent = new oidc.UserManager({ ...client, userStore: new oidc.WebStorageStateStore({ store: sessionStorage }), includeIdTokenInSilentRenew: true });
  const user = await silent.signinSilent();
  return { user: about(user), read: (await ask(user.access_token, 'GET')).status };
};
</script>`;
const server = createServer((request, response) => {
  const isLibrary = request.url === '/oidc.js';
  response.writeHead(200, { 'content-type': isLibrary ? 'text/javascript' : 'text/html' });
  response.end(isLibrary ? library : page(`http://localhost:${server.address().port}`));
});
await new Promise((done) => server.listen(0, 'localhost', done));
const own = `http://localhost:${server.address().port}`;

// The first page that has told something, however many redirects lead there.
const at = async (path) => {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await evaluate('location.pathname + " " + document.readyState').catch(() => '');
    if (found === `${path} complete`) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`${await evaluate('location.href')} is not ${path}: ${await evaluate('document.body?.innerText')}`);
};
const until = async (condition) => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await evaluate(condition)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`this never held: ${condition}`);
};
const type = async (text) => { for (const letter of text) await key(letter); };

await walk(async () => {
  const { wrong } = watched();
  await screen(640, 560, 'light');
  await loads(async () => { await send('Page.navigate', { url: `${own}/` }); });
  const told = {};
  // The page of the mock, by keyboard alone: the field has the focus, and Enter allows.
  await evaluate('void manager.signinRedirect({ state: "kept" })');
  await at(new URL(JSON.parse(await metadata()).authorization_endpoint).pathname);
  // A page is complete before its field has the focus.
  await until('document.activeElement.labels?.length > 0');
  told.page = await evaluate(`({ title: document.title, focus: document.activeElement.id, label: document.activeElement.labels[0].innerText,
    scopes: [...document.querySelectorAll('li')].map((one) => one.innerText), buttons: [...document.querySelectorAll('button')].map((one) => one.innerText),
    styled: getComputedStyle(document.querySelector('button')).backgroundColor !== 'rgba(0, 0, 0, 0)' })`);
  await type('Ada');
  if (shot) await picture(shot);
  await key('Enter');
  await at('/in');
  told.callback = await evaluate('told');
  told.refreshed = await evaluate('renewed()');
  told.silent = await evaluate('silently()');
  // Whoever refuses comes back with an error.
  await evaluate('void manager.signinRedirect()');
  await at(new URL(JSON.parse(await metadata()).authorization_endpoint).pathname);
  told.remembered = await evaluate('document.getElementById("user").value');
  await evaluate('void document.querySelectorAll("button")[1].click()');
  await at('/callback');
  told.refused = await evaluate('told');
  // The end of the session.
  await evaluate('void manager.signoutRedirect()');
  await at('/bye');
  told.end = await evaluate('told');
  // No page puts the login into a frame.
  told.framed = await evaluate(`new Promise((done) => {
    const frame = document.createElement('iframe');
    frame.onload = () => { try { done(frame.contentDocument === null ? 'refused' : 'empty'); } catch (why) { done(String(why)); } };
    frame.src = ${JSON.stringify(`${address}/oauth2/device`)};
    document.body.append(frame);
  })`);
  told.wrong = wrong.filter((one) => !/frame/i.test(one));
  server.close();
  return told;
});

async function metadata() {
  return (await fetch(`${address}/.well-known/openid-configuration`)).text();
}
