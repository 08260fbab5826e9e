// What all operations share: reading requests, refusing them, keys and roles, pages.
'use strict';
const { fault } = require('./fault');

class Refusal extends Error {
  constructor(status, code, message, details = [], headers = {}) {
    super(message);
    Object.assign(this, { status, code, details, headers });
  }
}
const unknown = (what) => new Refusal(404, 'not_found', `no such ${what}`);
const conflict = (message) => new Refusal(409, 'conflict', message);

// ---- JSON with integers beyond 2^53

const MARK = '\u0001int:';
function readJson(source) {
  const marked = source.replace(/"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    if (token[0] === '"' || /[.eE]/.test(token) || Number.isSafeInteger(Number(token)) || /^-?0\d/.test(token)) return token;
    return fault('product-serial-base-double') ? token : JSON.stringify(MARK + token);
  });
  return JSON.parse(marked, (_, v) => (typeof v === 'string' && v.startsWith(MARK) ? BigInt(v.slice(MARK.length)) : v));
}
function writeJson(value) {
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? MARK + v : v)).replace(/"\\u0001int:(-?\d+)"/g, '$1');
}

// ---- bodies

function mediaType(req) {
  const [type, ...params] = (req.headers['content-type'] || '').split(';').map((s) => s.trim().toLowerCase());
  return { type, charset: (params.find((p) => p.startsWith('charset=')) || 'charset=utf-8').slice(8).replace(/"/g, '') };
}
function wantType(req, ...allowed) {
  const { type, charset } = mediaType(req);
  if (!allowed.includes(type) || !['utf-8', 'utf8'].includes(charset)) {
    if (fault('product-media-type-400') && req.path === '/products') throw new Refusal(400, 'malformed', 'this media type is not read');
    throw new Refusal(415, 'media_type', `the body must be ${allowed.join(' or ')}`);
  }
}
function utf8(octets) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    throw new Refusal(400, 'malformed', 'the body is not UTF-8');
  }
}
function jsonBody(req, ...types) {
  wantType(req, ...(types.length ? types : ['application/json']));
  const source = utf8(req.body || Buffer.alloc(0));
  try {
    return readJson(source);
  } catch {
    if (fault('stocktake-malformed-crash') && req.path.endsWith('/stocktakes')) throw new Error('unhandled');
    if (fault('delivery-trailing-data-accepted') && req.path === '/deliveries') return JSON.parse(source.slice(0, source.lastIndexOf('}') + 1));
    if (fault('dispatch-malformed-accepted') && req.path.endsWith('/dispatch')) return { carrier: 'unknown' };
    throw new Refusal(400, 'malformed', 'the body is not JSON');
  }
}
function formBody(req) {
  const { type } = mediaType(req);
  if (fault('supplier-json-accepted') && type === 'application/json') {
    const given = jsonBody(req);
    return Object.fromEntries(Object.entries(given).map(([k, v]) => [k, [].concat(v).map(String)]));
  }
  if (fault('supplier-form-charset-refused') && (req.headers['content-type'] || '').includes('charset')) throw new Refusal(415, 'media_type', 'the body must be application/x-www-form-urlencoded');
  wantType(req, 'application/x-www-form-urlencoded');
  const source = utf8(req.body || Buffer.alloc(0));
  if (fault('supplier-empty-form-crash') && !source) throw new Error('unhandled');
  const form = {};
  for (const [k, v] of new URLSearchParams(fault('supplier-form-plus-kept') ? source.replace(/\+/g, '%2B') : source)) {
    Object.defineProperty(form, k, { value: [...(Object.hasOwn(form, k) ? form[k] : []), v], enumerable: true, configurable: true, writable: true });
  }
  return form;
}
function checked(shape, value) {
  const details = [];
  shape(value, '', (field, problem) => details.push({ field, problem }));
  if (details.length) throw new Refusal(422, 'invalid', 'the body is not valid', details);
  return value;
}

// ---- parameters

function badParameter(name, problem) {
  return new Refusal(400, 'bad_parameter', `${name} ${problem}`, [{ field: name, problem }]);
}
const given = (q, name) => (q.has(name) ? q.get(name) : undefined);
function intParameter(q, name, { min, max = 2147483647, def }) {
  const text = given(q, name);
  if (text === undefined) return def;
  if (!/^-?\d{1,12}$/.test(text)) throw badParameter(name, 'must be an integer');
  const n = Number(text);
  if (n < min || n > max) throw badParameter(name, `must be between ${min} and ${max}`);
  return n;
}
function enumParameter(q, name, values, def) {
  const text = given(q, name);
  if (text === undefined) return def;
  if (!values.includes(text)) throw badParameter(name, `must be one of ${values.join(', ')}`);
  return text;
}
function listParameter(q, name, separator, check, max) {
  const text = given(q, name);
  if (text === undefined) return undefined;
  const parts = text.split(separator);
  if (parts.length > max) throw badParameter(name, `must have at most ${max} items`);
  for (const part of parts) if (!check(part)) throw badParameter(name, `does not allow ${part}`);
  return parts;
}
function pathId(text, what) {
  if (!/^[1-9]\d{0,15}$/.test(text)) throw unknown(what);
  return Number(text);
}
function cookie(req, name) {
  for (const pair of (req.headers.cookie || '').split(';')) {
    const [k, ...v] = pair.trim().split('=');
    if (k === name) return v.join('=');
  }
  return undefined;
}

// ---- keys and roles

const KEYS = {
  'depot-manager-key': { role: 'manager' },
  'depot-clerk-key': { role: 'clerk' },
  'depot-reader-key': { role: 'reader' },
  'depot-oslo-key': { role: 'clerk', only: 'OSL-01' },
};
const KEY_CHALLENGE = { 'WWW-Authenticate': 'ApiKey realm="depot"' };
const BASIC_CHALLENGE = { 'WWW-Authenticate': 'Basic realm="depot", charset="UTF-8"' };
const RANK = { reader: 1, clerk: 2, manager: 3 };

function allow(req, { role, operation, query = false, open = false }) {
  if (open) return { role: 'reader' };
  let key = req.headers['x-api-key'];
  if (key === undefined && query && req.query_.has('api_key')) key = req.query_.get('api_key');
  if (fault('product-query-key-accepted') && operation === 'getProduct' && req.query_.has('api_key')) key = req.query_.get('api_key');
  if (fault('delivery-key-prefix-accepted') && operation === 'listDeliveries') key = Object.keys(KEYS).find((k) => key && key.startsWith(k)) || key;
  if (fault('warehouse-no-key-accepted') && operation === 'getWarehouse' && key === undefined) return { role };
  if (fault('label-no-key-accepted') && operation === 'getLabel' && key === undefined) return { role };
  if (fault('supplier-empty-key-accepted') && operation === 'listSuppliers' && !key) return { role };
  if (fault('bins-unknown-key-accepted') && operation === 'listBins' && key) return KEYS[key] || { role };
  if (fault('stats-any-key-accepted') && operation === 'getProductStats' && key && key.startsWith('depot-')) return { role };
  const who = Object.hasOwn(KEYS, key ?? '') ? KEYS[key] : undefined;
  if (!who) {
    if (fault('delivery-missing-key-403') && operation === 'createDelivery') throw new Refusal(403, 'forbidden', 'a key is needed');
    if (fault('warehouses-missing-key-404') && operation === 'listWarehouses') throw unknown('path');
    throw new Refusal(401, 'no_key', 'a valid key is needed', [], fault('job-challenge-missing') && operation === 'getJob' ? {} : KEY_CHALLENGE);
  }
  const waived = (fault('warehouse-patch-by-reader') && operation === 'patchWarehouse')
    || (fault('item-delete-by-reader') && operation === 'deleteItem')
    || (fault('supplier-put-by-reader') && operation === 'replaceSupplier')
    || (fault('warehouse-delete-by-clerk') && operation === 'deleteWarehouse' && who.role === 'clerk')
    || (fault('bulk-by-clerk') && operation === 'bulkCreateProducts' && who.role === 'clerk');
  if (RANK[who.role] < RANK[role] && !waived) {
    if (fault('dispatch-denied-401') && operation === 'dispatchDelivery') throw new Refusal(401, 'no_key', 'a valid key is needed', [], KEY_CHALLENGE);
    if (fault('bin-denied-404') && operation === 'createBin') throw unknown('warehouse');
    throw new Refusal(403, 'forbidden', `this needs a ${role} key`);
  }
  const code = req.params.code;
  const unlimited = (fault('bins-limit-ignored') && operation === 'listBins') || (fault('stocktake-limit-ignored') && operation === 'createStocktake');
  if (who.only && code !== undefined && code !== who.only && !unlimited) throw new Refusal(403, 'forbidden', `this key is for ${who.only} alone`);
  return who;
}
function allowBasic(req) {
  const m = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(req.headers.authorization || '');
  const pair = m ? Buffer.from(m[1], 'base64').toString('utf8') : '';
  const users = { auditor: 'ledger', porter: 'trolley' };
  const cut = pair.indexOf(':');
  if (fault('audit-no-colon-crash') && m && cut < 0) throw new Error('unhandled');
  const user = pair.slice(0, Math.max(cut, 0));
  const password = fault('audit-password-unchecked') ? users[user] : pair.slice(cut + 1);
  if (!Object.hasOwn(users, user) || users[user] !== password || fault('audit-always-401')) throw new Refusal(401, 'no_key', 'a user and a password are needed', [], BASIC_CHALLENGE);
  if (user !== 'auditor' && !fault('audit-by-porter')) throw new Refusal(403, 'forbidden', 'only auditors read this');
}

// ---- pages

function page(req, res, rows, name, def = 20) {
  const q = req.query_;
  let limit = intParameter(q, 'limit', {
    min: fault('suppliers-limit-0-accepted') && name === 'suppliers' ? 0 : 1,
    max: fault('warehouses-limit-50-refused') && name === 'warehouses' ? 49 : fault('products-limit-51-accepted') && name === 'products' ? 51 : 50,
    def: fault('products-default-limit-25') && name === 'products' ? 25 : def,
  });
  let offset = intParameter(q, 'offset', { min: fault('deliveries-offset-negative-accepted') && name === 'deliveries' ? -100 : 0, def: 0 });
  if (fault('suppliers-beyond-404') && name === 'suppliers' && offset > rows.length) throw unknown('page');
  if (fault('products-beyond-crash') && name === 'products' && offset >= rows.length) void rows[offset].id;
  const total = rows.length;
  if (fault('bins-limit-ignored-in-list') && name === 'bins') limit = total || 1;
  let shown = rows.slice(offset, offset + limit);
  if (fault('products-limit-plus-one') && name === 'products') shown = rows.slice(offset, offset + limit + 1);
  if (fault('suppliers-offset-off-by-one') && name === 'suppliers') shown = rows.slice(offset && offset - 1, offset && offset - 1 + limit);
  if (fault('deliveries-offset-is-page') && name === 'deliveries') shown = rows.slice(offset * limit, offset * limit + limit);
  if (fault('items-offset-ignored') && name === 'items') shown = rows.slice(0, limit);
  if (fault('deliveries-pages-reversed') && name === 'deliveries' && offset) shown = rows.slice().reverse().slice(offset, offset + limit);
  let count = total;
  if (fault('warehouses-total-of-page') && name === 'warehouses') count = shown.length;
  if (fault('products-total-on-last-page') && name === 'products' && offset + limit >= total) count = offset + limit;
  if (fault('products-head-total') && name === 'products' && req.method === 'HEAD') count = 0;
  if (!(fault('deliveries-total-missing') && name === 'deliveries')) res.set('X-Total-Count', fault('suppliers-total-text') && name === 'suppliers' ? `${count} suppliers` : String(count));
  const to = (o) => {
    const p = new URLSearchParams(fault('products-next-drops-filters') && name === 'products' ? '' : q);
    p.delete('api_key');
    p.set('limit', limit);
    p.set('offset', o);
    return `<http://${req.headers.host}${req.path}?${p}>`;
  };
  const links = [];
  if (offset + limit < total || (fault('deliveries-next-loops') && name === 'deliveries')) links.push(`${to(Math.min(offset + limit, Math.max(total - 1, 0)))}; rel="next"`);
  if (fault('suppliers-next-skips') && name === 'suppliers' && links.length) links[0] = `${to(offset + limit + 1)}; rel="next"`;
  if (fault('bins-next-missing') && name === 'bins') links.length = 0;
  if (offset > 0) links.push(`${to(fault('warehouses-prev-wrong') && name === 'warehouses' ? offset : Math.max(offset - limit, 0))}; rel="prev"`);
  if (links.length) res.set('Link', fault('warehouses-link-malformed') && name === 'warehouses' ? links.join(', ').replace(/[<>]/g, '') : links.join(', '));
  return shown;
}
function sorted(rows, sort, id) {
  const [, minus, member] = /^(-?)(.*)$/.exec(sort);
  const less = (a, b) => (a[member] < b[member] ? -1 : a[member] > b[member] ? 1 : a[id] < b[id] ? -1 : 1);
  return rows.slice().sort(minus ? (a, b) => less(b, a) : less);
}

module.exports = {
  Refusal, unknown, conflict, writeJson, jsonBody, formBody, checked, badParameter, intParameter, enumParameter, listParameter, pathId, cookie, allow, allowBasic, page, sorted,
};
