// Logs in against a mock as a server does, by openid-client, and prints what it saw as JSON.
//   node client.mjs ADDRESS MODULES      MODULES is the folder that tests/login/install fills
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [address, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'package.json'));
const client = await import(pathToFileURL(require.resolve('openid-client')));
const jose = await import(pathToFileURL(require.resolve('jose')));

const callback = 'http://localhost:3000/callback';
const found = (id, secret, how) =>
  client.discovery(new URL(address), id, secret, how, { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] });
const web = await found('web', undefined, client.None());
const server = await found('server', 'any secret', client.ClientSecretBasic('any secret'));
const told = { issuer: web.serverMetadata().issuer };

const read = async (token) => (await fetch(`${address}/pets`, { headers: { authorization: `Bearer ${token}` } })).status;
const write = async (token) => {
  const answer = await fetch(`${address}/pets`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  return `${answer.status} ${answer.headers.get('www-authenticate') ?? ''}`.trim();
};
// What the authorization server calls the failure.
const error = async (act) => {
  try {
    await act();
    return 'no error';
  } catch (why) {
    return why.error ?? why.cause?.error ?? why.status ?? String(why);
  }
};

// What a browser does: takes the page, types a name and presses a button.
const decided = async (url, fields) => {
  const page = await fetch(url);
  const html = await page.text();
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const plain = (text) => text.replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
  const body = new URLSearchParams(hidden.map(([, name, value]) => [plain(name), plain(value)]));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return fetch(new URL('?', page.url), { method: 'POST', body, redirect: 'manual' });
};
const asked = async (config, scope) => {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback, scope, state: checks.expectedState, nonce: checks.expectedNonce, code_challenge_method: 'S256',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
  });
  return { url, checks };
};
const code = async (config, scope) => {
  const { url, checks } = await asked(config, scope);
  const answer = await decided(url, { user: 'Ada', decision: 'allow' });
  return { back: new URL(answer.headers.get('location')), checks };
};

// Code and PKCE, and what the token is good for.
const first = await code(web, 'openid profile email pets:read');
const tokens = await client.authorizationCodeGrant(web, first.back, first.checks);
const claims = tokens.claims();
told.code = { status: await read(tokens.access_token), beyond: await write(tokens.access_token), scope: tokens.scope,
  sub: claims.sub, aud: claims.aud, email: claims.email, lifetime: claims.exp - claims.iat };
const keys = jose.createRemoteJWKSet(new URL(web.serverMetadata().jwks_uri));
const { payload, protectedHeader } = await jose.jwtVerify(tokens.access_token, keys, { issuer: address, audience: address, typ: 'at+jwt' });
told.token = { alg: protectedHeader.alg, scope: payload.scope, client: payload.client_id,
  isNow: Math.abs(payload.iat - Date.now() / 1000) < 120, lifetime: payload.exp - payload.iat };
const info = await client.fetchUserInfo(web, tokens.access_token, claims.sub);
told.userinfo = `${info.preferred_username} ${info.email}`;

// Refresh: another pair each time, fewer scopes where asked, and the first never again.
const renewed = await client.refreshTokenGrant(web, tokens.refresh_token, { scope: 'openid' });
told.refresh = { differs: renewed.refresh_token !== tokens.refresh_token, scope: renewed.scope, status: await read(renewed.access_token),
  more: await error(() => client.refreshTokenGrant(web, renewed.refresh_token, { scope: 'pets:write' })),
  foreign: await error(() => client.refreshTokenGrant(server, renewed.refresh_token)),
  again: await error(() => client.refreshTokenGrant(web, tokens.refresh_token)),
  after: await error(() => client.refreshTokenGrant(web, renewed.refresh_token)),
  token: await read(tokens.access_token) };

// What must not work with a code.
const wrong = await code(web, 'pets:read');
const verifier = client.randomPKCECodeVerifier();
const sent = (config, { back, checks }, change) => client.authorizationCodeGrant(config, back, { ...checks, expectedNonce: undefined, ...change });
told.guards = {
  verifier: await error(() => sent(web, wrong, { pkceCodeVerifier: verifier })),
  foreign: await error(() => sent(server, wrong)),
};
const elsewhere = new URL(wrong.back);
elsewhere.pathname = '/other';
told.guards.redirect = await error(() => sent(web, { ...wrong, back: elsewhere }));
const once = await sent(web, wrong);
told.guards.once = await read(once.access_token);
told.guards.again = await error(() => sent(web, wrong));
told.guards.afterwards = await read(once.access_token);
const { url: refusedUrl, checks: refusedChecks } = await asked(web, 'pets:read');
const refused = await decided(refusedUrl, { decision: 'deny' });
told.guards.refused = await error(() => sent(web, { back: new URL(refused.headers.get('location')), checks: refusedChecks }));
refusedUrl.searchParams.set('redirect_uri', 'https://evil.example/');
const open = await fetch(refusedUrl, { redirect: 'manual' });
told.guards.open = `${open.status} ${open.headers.get('location')}`;

// A client by itself.
const own = await client.clientCredentialsGrant(server, { scope: 'pets:read pets:write' });
told.client = { status: await read(own.access_token), beyond: await write(own.access_token), refresh: own.refresh_token ?? null,
  without: await error(() => client.clientCredentialsGrant(web)),
  scope: await error(() => client.clientCredentialsGrant(server, { scope: 'no:such' })) };

// A device.
const begun = await client.initiateDeviceAuthorization(web, { scope: 'openid pets:read' });
const pending = await error(() => client.genericGrantRequest(web, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: begun.device_code }));
const hasty = await error(() => client.genericGrantRequest(web, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: begun.device_code }));
const connected = await decided(begun.verification_uri_complete, { user: 'Grace', decision: 'allow' });
const device = await client.pollDeviceAuthorizationGrant(web, begun);
told.device = { pending, hasty, page: connected.status, status: await read(device.access_token), sub: device.claims().sub,
  again: await error(() => client.genericGrantRequest(web, 'urn:ietf:params:oauth:grant-type:device_code', { device_code: begun.device_code })) };

// Introspection and revocation.
const looked = async (token) => {
  const { active, scope, client_id, username } = await client.tokenIntrospection(server, token);
  return active ? `${client_id} ${username} ${scope}` : 'inactive';
};
told.introspection = { access: await looked(device.access_token), refresh: await looked(device.refresh_token), key: (await client.tokenIntrospection(server, 'mock:pets:read')).scope,
  other: await looked('no such token') };
told.revocation = { foreign: await error(() => client.tokenRevocation(server, device.refresh_token)) };
await client.tokenRevocation(web, own.access_token).catch((why) => { told.revocation.others = why.error; });
await client.tokenRevocation(server, own.access_token);
told.revocation.own = [await looked(own.access_token), await read(own.access_token)];
await client.tokenRevocation(web, device.refresh_token);
told.revocation.all = [await looked(device.access_token), await read(device.access_token),
  await error(() => client.refreshTokenGrant(web, device.refresh_token))];
await client.tokenRevocation(web, 'no such token');

// The end of a session.
const end = await fetch(client.buildEndSessionUrl(web, { post_logout_redirect_uri: callback, state: 's' }), { redirect: 'manual' });
told.end = `${end.status} ${end.headers.get('location')}`;
console.log(JSON.stringify(told));
