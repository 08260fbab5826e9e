// A depot: warehouses with bins and items, products, suppliers, deliveries. openapi.yaml says what it does.
'use strict';
const path = require('path');
const { createRequire } = require('module');
const express = createRequire(path.join(__dirname, '../../../target/seeded/depot/package.json'))('express');
const { fault, port } = require('./fault');
const shapes = require('./shapes');
const store = require('./data');
const {
  Refusal, unknown, conflict, writeJson, jsonBody, formBody, checked, badParameter, intParameter, enumParameter, listParameter, pathId, cookie, allow, allowBasic, page, sorted,
} = require('./http');

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.enable('case sensitive routing');
app.enable('strict routing');
app.set('query parser', () => ({}));
app.use(express.raw({ type: () => true, limit: '256kb' }));
app.use((req, res, next) => {
  const cut = req.originalUrl.indexOf('?');
  req.query_ = new URLSearchParams(cut < 0 ? '' : req.originalUrl.slice(cut + 1));
  next();
});

const now = () => new Date().toISOString().replace(/\.\d+/, '');
let ticks = 0;
const later = () => new Date(Date.now() + 1000 * (ticks += 1)).toISOString().replace(/\.\d+/, '');
const send = (res, status, body) => res.status(status).type('application/json').send(Buffer.from(writeJson(body)));

// ---- routes: each path has its methods; all others are answered with 405 and `Allow`

const paths = new Map();
function route(method, template, access, handler) {
  const methods = paths.get(template) || paths.set(template, {}).get(template);
  methods[method] = { access, handler };
}
function mount() {
  for (const [template, methods] of paths) {
    app.all(template, (req, res) => {
      const name = req.method === 'HEAD' && methods.GET ? 'GET' : req.method;
      const found = Object.hasOwn(methods, name) ? methods[name] : undefined;
      if (!found) throw new Refusal(405, 'method', `${req.method} is not possible here`, [], { Allow: allowed(methods) });
      if (!(fault('products-head-without-key') && req.method === 'HEAD' && template === '/products')) {
        req.who = found.access.basic ? allowBasic(req) : allow(req, found.access);
      } else req.who = { role: 'reader' };
      found.handler(req, res);
    });
  }
}
const allowed = (methods) => Object.keys(methods).filter((m) => !methods[m].access.never).flatMap((m) => (m === 'GET' ? ['GET', 'HEAD'] : [m])).join(', ');
const reader = (operation, more) => ({ role: 'reader', operation, ...more });
const clerk = (operation) => ({ role: 'clerk', operation });
const manager = (operation) => ({ role: 'manager', operation });

// ---- warehouses

const shownWarehouse = (w) => ({ ...w, bin_count: store.bins.filter((b) => b.warehouse === w.code).length });
function findWarehouse(code) {
  if (fault('warehouse-odd-code-crash') && /[^\x00-\x7f]/.test(code)) throw new Error('unhandled');
  const w = store.warehouses.find((x) => x.code === code);
  if (!w) throw unknown('warehouse');
  return w;
}
const WAREHOUSE_DEFAULTS = { capacity: 1000, heated: false, opened_on: null, opening_hours: {}, notes: null, tags: [] };
const pick = (source, names) => Object.fromEntries(names.filter((n) => Object.hasOwn(source, n)).map((n) => [n, source[n]]));
const WAREHOUSE_FIELDS = ['name', 'country', 'capacity', 'heated', 'opened_on', 'floor_area', 'opening_hours', 'contact', 'notes', 'tags'];

route('GET', '/warehouses', reader('listWarehouses'), (req, res) => {
  const q = req.query_;
  const country = enumParameter(q, 'country', ['NO', 'SE', 'DK', 'FI']);
  const heated = fault('warehouses-heated-unchecked') && q.has('heated') && !['true', 'false'].includes(q.get('heated')) ? undefined : enumParameter(q, 'heated', ['true', 'false']);
  const sort = fault('warehouses-sort-unchecked') ? q.get('sort') || 'code' : enumParameter(q, 'sort', ['code', '-code', 'name', '-name', 'capacity', '-capacity'], 'code');
  let rows = store.warehouses.filter((w) => !req.who.only || w.code === req.who.only || fault('warehouses-limit-of-key-ignored'));
  if (country) rows = rows.filter((w) => w.country === country || (fault('warehouses-country-dk-ignored') && country === 'DK'));
  if (heated && !(fault('warehouses-heated-false-ignored') && heated === 'false')) rows = rows.filter((w) => w.heated === (heated === 'true'));
  rows = sorted(rows, fault('warehouses-sort-capacity-down-ignored') && sort === '-capacity' ? 'capacity' : sort, 'code');
  const shown = page(req, res, rows, 'warehouses').map(shownWarehouse);
  if (fault('warehouses-capacity-null')) shown.slice(2).forEach((w) => { w.capacity = null; });
  send(res, 200, shown);
});
route('POST', '/warehouses', clerk('createWarehouse'), (req, res) => {
  const body = checked(shapes.warehouse, jsonBody(req));
  if (fault('warehouse-emoji-crash') && /\p{Extended_Pictographic}/u.test(body.name)) throw new Error('unhandled');
  const taken = store.warehouses.findIndex((w) => w.code === body.code);
  if (taken >= 0) {
    if (fault('warehouse-conflict-400')) throw new Refusal(400, 'conflict', 'this code is taken');
    if (!fault('warehouse-conflict-overwrites')) throw conflict('this code is taken');
    store.warehouses.splice(taken, 1);
  }
  const w = { ...WAREHOUSE_DEFAULTS, ...pick(body, ['code', ...WAREHOUSE_FIELDS]), created_at: now() };
  if (fault('warehouse-capacity-default-100') && body.capacity === undefined) w.capacity = 100;
  if (fault('warehouse-opened-on-shifted') && w.opened_on) w.opened_on = new Date(Date.parse(w.opened_on) - 864e5).toISOString().slice(0, 10);
  if (fault('warehouse-notes-trimmed-to-100') && w.notes) w.notes = [...w.notes].slice(0, 100).join('');
  if (fault('warehouse-name-normalised')) w.name = w.name.normalize('NFD').replace(/\p{M}/gu, '');
  store.warehouses.push(w);
  res.set('Location', `/warehouses/${w.code}`);
  send(res, 201, shownWarehouse(w));
});
route('GET', '/warehouses/:code', reader('getWarehouse'), (req, res) => {
  const shown = shownWarehouse(findWarehouse(req.params.code));
  if (fault('warehouse-created-at-missing')) delete shown.created_at;
  if (fault('warehouse-heated-as-text')) shown.heated = String(shown.heated);
  if (fault('warehouse-read-raises-capacity')) findWarehouse(req.params.code).capacity += 1;
  send(res, 200, shown);
});
route('PUT', '/warehouses/:code', clerk('replaceWarehouse'), (req, res) => {
  const w = findWarehouse(req.params.code);
  const body = checked(shapes.warehouseReplace, jsonBody(req));
  if (fault('warehouse-put-appends-tags') && body.tags) body.tags = [...w.tags, ...body.tags].slice(0, 5);
  const kept = fault('warehouse-put-keeps-notes') ? { notes: w.notes } : {};
  for (const name of WAREHOUSE_FIELDS) delete w[name];
  Object.assign(w, WAREHOUSE_DEFAULTS, kept, pick(body, WAREHOUSE_FIELDS));
  send(res, fault('warehouse-put-201') ? 201 : 200, shownWarehouse(w));
});
route('PATCH', '/warehouses/:code', clerk('patchWarehouse'), (req, res) => {
  const w = findWarehouse(req.params.code);
  const body = jsonBody(req, 'application/merge-patch+json', ...(fault('warehouse-patch-json-accepted') ? ['application/json'] : []));
  if (fault('warehouse-patch-null-body-crash')) Object.keys(body);
  checked(shapes.warehousePatch, body);
  const change = pick(body, WAREHOUSE_FIELDS);
  if (fault('warehouse-patch-tags-ignored')) delete change.tags;
  if (fault('warehouse-patch-null-ignored')) for (const n of Object.keys(change)) if (change[n] === null) delete change[n];
  if (fault('warehouse-patch-resets-notes') && change.notes === undefined) w.notes = null;
  if (fault('warehouse-patch-hours-replaced') && change.opening_hours) w.opening_hours = {};
  if (fault('warehouse-patch-changes-created-at') && body.created_at) w.created_at = body.created_at;
  if (change.opening_hours) {
    change.opening_hours = Object.fromEntries(Object.entries({ ...w.opening_hours, ...change.opening_hours }).filter(([, v]) => v !== null));
    if (Object.keys(change.opening_hours).length > 7) throw new Refusal(422, 'invalid', 'the body is not valid', [{ field: '/opening_hours', problem: 'must have at most 7 members' }]);
  }
  if (change.contact) change.contact = { ...w.contact, ...change.contact };
  Object.assign(w, change);
  send(res, 200, fault('warehouse-patch-not-echoed') ? { ...shownWarehouse(w), name: 'Warehouse' } : shownWarehouse(w));
});
route('DELETE', '/warehouses/:code', manager('deleteWarehouse'), (req, res) => {
  const { code } = findWarehouse(req.params.code);
  store.warehouses = store.warehouses.filter((w) => w.code !== code);
  if (!fault('warehouse-delete-keeps-bins')) {
    store.bins = store.bins.filter((b) => b.warehouse !== code);
    store.items = store.items.filter((i) => i.warehouse !== code);
  }
  res.status(204).end();
});

// ---- bins

const shownBin = ({ warehouse, ...b }) => ({ ...b, itemCount: store.items.filter((i) => i.warehouse === warehouse && i.bin === b.bin).length });
function findBin(req) {
  const { code, bin } = req.params;
  if (!fault('warehouse-delete-keeps-bins')) findWarehouse(code);
  const b = store.bins.find((x) => x.warehouse === code && x.bin === bin);
  if (!b) throw unknown('bin');
  return b;
}
const KINDS = ['shelf', 'pallet', 'freezer'];
route('GET', '/warehouses/:code/bins', reader('listBins'), (req, res) => {
  const q = req.query_;
  const { code } = findWarehouse(req.params.code);
  const kinds = listParameter(q, 'kinds', ',', (k) => KINDS.includes(k) || fault('bins-kinds-unchecked'), 3);
  const stackable = enumParameter(q, 'stackable', ['true', 'false']);
  let rows = store.bins.filter((b) => b.warehouse === code);
  if (kinds) rows = rows.filter((b) => (fault('bins-second-kind-ignored') ? kinds.slice(0, 1) : kinds).includes(b.kind));
  if (stackable && !(fault('bins-pair-ignored') && kinds)) rows = rows.filter((b) => b.stackable === (stackable === 'true'));
  send(res, 200, page(req, res, rows, 'bins').map(shownBin));
});
route('POST', '/warehouses/:code/bins', clerk('createBin'), (req, res) => {
  const { code } = findWarehouse(req.params.code);
  const body = jsonBody(req);
  if (fault('bin-null-body-crash')) void body.bin;
  checked(shapes.bin, body);
  if (store.bins.some((b) => b.warehouse === code && b.bin === body.bin)) {
    if (fault('bin-conflict-crash')) throw new Error('unhandled');
    throw conflict('this bin is there already');
  }
  const b = { warehouse: code, stackable: true, maxWeight: 100, ...body, version: 1 };
  if (fault('bin-stackable-false-lost')) b.stackable = body.stackable || true;
  if (fault('bin-temperature-0-lost')) b.minTemperature = body.minTemperature || undefined;
  if (fault('bin-max-weight-rounded')) b.maxWeight = Math.round(b.maxWeight);
  store.bins.push(b);
  res.set('Location', `/warehouses/${code}/bins/${b.bin}`);
  send(res, fault('bin-create-200') ? 200 : 201, shownBin(b));
});
route('GET', '/warehouses/:code/bins/:bin', reader('getBin'), (req, res) => {
  try {
    send(res, 200, shownBin(findBin(req)));
  } catch (refusal) {
    if (fault('bin-404-shape')) return send(res, 404, { error: refusal.message });
    throw refusal;
  }
});
route('PUT', '/warehouses/:code/bins/:bin', clerk('replaceBin'), (req, res) => {
  const b = findBin(req);
  const { version, ...body } = checked(shapes.binReplace, jsonBody(req));
  if (version !== b.version && !fault('bin-stale-version-accepted')) throw conflict(`the version is ${b.version}`);
  const kept = fault('bin-put-kind-ignored') ? { kind: b.kind } : {};
  delete b.minTemperature;
  Object.assign(b, { stackable: true, maxWeight: 100 }, body, kept, { version: b.version + (fault('bin-version-stays') ? 0 : 1) });
  if (fault('bin-put-refused-range') && b.minTemperature > 0) throw new Refusal(422, 'invalid', 'the body is not valid', [{ field: '/minTemperature', problem: 'too warm' }]);
  send(res, 200, shownBin(b));
});
route('DELETE', '/warehouses/:code/bins/:bin', clerk('deleteBin'), (req, res) => {
  const b = findBin(req);
  store.bins = store.bins.filter((x) => x !== b);
  store.items = store.items.filter((i) => i.warehouse !== b.warehouse || i.bin !== b.bin);
  if (fault('bin-delete-200')) return send(res, 200, shownBin(b));
  res.status(204).end();
});

// ---- items

const shownItem = ({ warehouse, bin, ...i }) => i;
function findItem(req) {
  const b = findBin(req);
  const i = store.items.find((x) => x.warehouse === b.warehouse && x.bin === b.bin && x.sku === req.params.sku);
  if (!i) {
    if (fault('item-404-html')) throw new Refusal(404, 'html', 'no such item');
    throw unknown('item');
  }
  return i;
}
route('GET', '/warehouses/:code/bins/:bin/items', reader('listItems'), (req, res) => {
  if (fault('items-of-unknown-bin-empty') && !store.bins.some((b) => b.warehouse === req.params.code && b.bin === req.params.bin)) return send(res, 200, []);
  const b = findBin(req);
  if (fault('items-list-never')) throw unknown('bin');
  const rows = sorted(store.items.filter((i) => i.warehouse === b.warehouse && i.bin === b.bin), 'sku', 'sku');
  const shown = page(req, res, rows, 'items').map(shownItem);
  if (fault('items-expires-as-date-time')) shown.forEach((i) => { if (i.expires_on) i.expires_on += 'T00:00:00Z'; });
  send(res, 200, shown);
});
route('POST', '/warehouses/:code/bins/:bin/items', clerk('createItem'), (req, res) => {
  const b = findBin(req);
  const body = jsonBody(req);
  if (fault('item-infinity-hangs-up') && body && body.quantity === Infinity) return res.socket.destroy();
  checked(shapes.item, body);
  const here = store.items.find((i) => i.warehouse === b.warehouse && i.bin === b.bin && i.sku === body.sku);
  if (here && !fault('item-repeated-accepted')) throw conflict('this item is in the bin already');
  const i = { warehouse: b.warehouse, bin: b.bin, lot: null, ...body };
  if (fault('item-lot-not-kept')) i.lot = null;
  store.items.push(i);
  res.set('Location', `/warehouses/${b.warehouse}/bins/${b.bin}/items/${i.sku}`);
  send(res, 201, shownItem({ ...i, lot: fault('item-lot-not-kept') ? body.lot ?? null : i.lot }));
});
route('GET', '/warehouses/:code/bins/:bin/items/:sku', reader('getItem'), (req, res) => send(res, 200, shownItem(findItem(req))));
route('DELETE', '/warehouses/:code/bins/:bin/items/:sku', clerk('deleteItem'), (req, res) => {
  const i = findItem(req);
  if (!fault('item-delete-forgotten')) store.items = store.items.filter((x) => x !== i);
  res.status(204).end();
});

// ---- stocktakes and jobs

route('POST', '/warehouses/:code/stocktakes', clerk('createStocktake'), (req, res) => {
  const { code } = findWarehouse(req.params.code);
  if (fault('stocktake-always-403')) throw new Refusal(403, 'forbidden', 'not today');
  if (!(fault('stocktake-empty-body-accepted') && !(req.body && req.body.length))) checked(shapes.stocktake, jsonBody(req));
  const job = { id: 73 + store.jobs.length, kind: 'stocktake', status: 'queued', progress: 0, created_at: now(), finished_at: null };
  store.jobs.push(job);
  res.set('Location', fault('stocktake-location-broken') ? `/warehouses/${code}/jobs/${job.id}` : `/jobs/${job.id}`);
  send(res, fault('stocktake-201') ? 201 : 202, job);
});
route('GET', '/jobs/:jobId', reader('getJob'), (req, res) => {
  if (fault('job-odd-id-crash') && !/^\d+$/.test(req.params.jobId)) throw new Error('unhandled');
  const id = pathId(req.params.jobId, 'job');
  const job = store.jobs.find((j) => j.id === id && !(fault('job-new-never-found') && id > 72));
  if (!job) throw unknown('job');
  if (job.status !== 'done') res.set('Retry-After', fault('job-retry-after-text') ? 'soon' : '2');
  const shown = { ...job };
  if (fault('job-progress-101') && job.status === 'done') shown.progress = 101;
  if (fault('job-finished-at-missing') && !job.finished_at) delete shown.finished_at;
  if (fault('job-as-html')) return res.status(200).type('text/html').send(writeJson(shown));
  send(res, 200, shown);
});

// ---- products

const PRODUCT_STATUS = ['draft', 'active', 'retired'];
const PRODUCT_DEFAULTS = { status: 'draft', currency: 'NOK', weightGrams: null, attributes: {}, tags: [], supplierId: null, discontinuedOn: null };
let nextProduct = 1027;
const gone = new Set();
function findProduct(text) {
  if (fault('product-huge-id-crash') && text.length > 16) throw new Error('unhandled');
  const id = pathId(text, 'product');
  const p = store.products.find((x) => x.id === id && !gone.has(id));
  if (!p) throw unknown('product');
  return p;
}
function knownSupplier(body) {
  const unchecked = fault('product-supplier-dangling-accepted');
  if (body.supplierId && !unchecked && !store.suppliers.some((s) => s.supplier_id === body.supplierId)) {
    throw new Refusal(422, 'invalid', 'the body is not valid', [{ field: '/supplierId', problem: 'is unknown' }]);
  }
}
function addProduct(body) {
  if (store.products.some((p) => p.sku === body.sku) && !fault('product-sku-repeated-accepted')) throw conflict(`the sku ${body.sku} is taken`);
  const p = { id: nextProduct, ...PRODUCT_DEFAULTS, ...body, createdAt: now(), updatedAt: now() };
  nextProduct += 1;
  store.products.push(p);
  return p;
}
function price(q, bound) {
  const text = q.get(`price[${bound}]`);
  if (text === null) return undefined;
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(text)) {
    if (fault('products-price-unchecked')) return undefined;
    throw badParameter('price', `has a bad ${bound}`);
  }
  return Number(text);
}
route('GET', '/products', reader('listProducts'), (req, res) => {
  const q = req.query_;
  const status = fault('products-status-unchecked') ? q.get('status') ?? undefined : enumParameter(q, 'status', PRODUCT_STATUS);
  const tags = listParameter(q, 'tags', '|', (t) => /^[a-z-]{2,15}$/.test(t), 6);
  const min = price(q, 'min');
  const max = price(q, 'max');
  if (fault('products-price-min-alone-crash') && min !== undefined && max === undefined) throw new Error('unhandled');
  const text = q.get('q');
  if (text !== null && ([...text].length < 1 || [...text].length > 30) && !(fault('products-q-length-unchecked') && text)) throw badParameter('q', 'must have 1 to 30 characters');
  const sort = enumParameter(q, 'sort', ['id', '-id', 'name', '-name', 'price', '-price'], 'id');
  if (fault('products-limit-huge-crash') && (q.get('limit') || '').length > 10) throw new Error('unhandled');
  if (fault('products-q-with-sort-crash') && text && q.has('sort')) throw new Error('unhandled');
  let rows = store.products;
  if (status && !(fault('products-status-retired-ignored') && status === 'retired')) rows = rows.filter((p) => p.status === status);
  if (tags) rows = rows.filter((p) => (fault('products-tags-any') ? tags.some((t) => p.tags.includes(t)) : tags.every((t) => p.tags.includes(t))));
  if (min !== undefined) rows = rows.filter((p) => p.price >= min);
  if (max !== undefined) rows = rows.filter((p) => (fault('products-price-max-exclusive') ? p.price < max : p.price <= max));
  if (text !== null) {
    if (fault('products-q-regex-crash')) new RegExp(text);
    const has = fault('products-q-case-matters') ? (p) => p.name.includes(text) : (p) => p.name.toLowerCase().includes(text.toLowerCase());
    if (!(fault('products-q-ignored-with-status') && status)) rows = rows.filter(has);
  }
  if (fault('products-always-empty')) rows = [];
  if (fault('products-new-drafts-not-listed')) rows = rows.filter((p) => p.id < 1027 || p.status !== 'draft');
  rows = fault('products-sort-price-as-text') && sort.endsWith('price')
    ? rows.slice().sort((a, b) => (String(a.price) < String(b.price) ? -1 : 1) * (sort[0] === '-' ? -1 : 1))
    : sorted(rows, sort, 'id');
  const shown = page(req, res, rows, 'products').map((p) => ({ ...p }));
  if (fault('products-status-upper-case')) shown.forEach((p) => { p.status = p.status.toUpperCase(); });
  if (fault('products-attribute-as-number')) shown.forEach((p) => { if (p.attributes.grip) p.attributes = { ...p.attributes, grip: 1 }; });
  send(res, 200, shown);
});
route('POST', '/products', clerk('createProduct'), (req, res) => {
  const body = jsonBody(req);
  const check = () => checked(shapes.product, body);
  try {
    check();
  } catch (refusal) {
    if (fault('product-422-without-details') && refusal.status === 422) return send(res, 422, { code: refusal.code, message: refusal.message });
    throw refusal;
  }
  if (fault('product-attribute-name-crash') && body.attributes && Object.keys(body.attributes).some((k) => /^\d+$/.test(k) || k === 'constructor')) throw new Error('unhandled');
  if (fault('product-serial-base-huge-crash') && typeof body.serialBase === 'bigint') throw new Error('unhandled');
  if (fault('product-right-to-left-crash') && /[\u0590-\u06ff]/.test(body.name)) throw new Error('unhandled');
  knownSupplier(body);
  const p = addProduct(body);
  if (fault('product-attributes-not-kept')) p.attributes = {};
  if (fault('product-currency-default-null') && body.currency === undefined) p.currency = null;
  res.set('Location', `/products/${p.id}`);
  send(res, 201, fault('product-created-at-without-zone') ? { ...p, createdAt: p.createdAt.slice(0, 19).replace('T', ' ') } : p);
});
route('POST', '/products/bulk', manager('bulkCreateProducts'), (req, res) => {
  const body = checked(shapes.productBulk, jsonBody(req));
  const skus = body.map((p) => p.sku);
  const before = store.products.slice();
  if (fault('bulk-partly-kept')) {
    const made = body.map((p) => (knownSupplier(p), addProduct(p)));
    return send(res, 201, made);
  }
  body.forEach(knownSupplier);
  if (new Set(skus).size < skus.length || skus.some((s) => before.some((p) => p.sku === s))) throw conflict('a sku is taken');
  const made = body.map(addProduct);
  if (fault('bulk-as-object')) return send(res, 201, { products: made });
  send(res, fault('bulk-200') ? 200 : 201, fault('bulk-last-missing') && made.length > 1 ? made.slice(0, -1) : made);
});
route('GET', '/products/stats', reader('getProductStats'), (req, res) => {
  const of = (s) => store.products.filter((p) => p.status === s).length;
  const byStatus = { draft: of('draft'), active: of('active'), retired: fault('stats-retired-forgotten') ? 0 : of('retired') };
  const total = fault('stats-total-frozen') ? 26 : store.products.length;
  if (fault('stats-duplicate-key')) return res.type('application/json').send(Buffer.from(`{"total":${total},"byStatus":${writeJson(byStatus)},"total":0}`));
  send(res, 200, { total, byStatus });
});
route('GET', '/products/:productId', reader('getProduct'), (req, res) => {
  if (fault('product-unknown-is-null') && !store.products.some((p) => String(p.id) === req.params.productId)) return send(res, 200, null);
  const shown = { ...findProduct(req.params.productId) };
  if (fault('product-price-as-text')) shown.price = shown.price.toFixed(2);
  if (fault('product-extra-member')) shown.internalCost = 1;
  if (fault('product-width-as-text') && shown.dimensions) shown.dimensions = { ...shown.dimensions, width: `${shown.dimensions.width} mm` };
  if (fault('product-shelf-life-null') && !shown.shelfLife) shown.shelfLife = null;
  if (fault('product-tags-doubled')) shown.tags = [...shown.tags, ...shown.tags].slice(0, 6);
  send(res, 200, shown);
});
route('PATCH', '/products/:productId', clerk('patchProduct'), (req, res) => {
  const p = findProduct(req.params.productId);
  const body = jsonBody(req);
  if (fault('product-refused-patch-kept') && body && typeof body.name === 'string') p.name = body.name;
  checked(shapes.productPatch, body);
  if (!fault('product-patch-supplier-dangling')) knownSupplier(body);
  if (fault('product-patch-false-values-ignored')) for (const k of Object.keys(body)) if (!body[k]) delete body[k];
  if (fault('product-patch-currency-resets') && body.price !== undefined) p.currency = 'NOK';
  const answer = { ...p, ...body, updatedAt: later() };
  if (fault('product-patch-homepage-not-kept')) delete body.homepage;
  Object.assign(p, body, { updatedAt: fault('product-updated-at-frozen') ? p.updatedAt : answer.updatedAt });
  send(res, 200, fault('product-updated-at-frozen') ? { ...answer, updatedAt: p.updatedAt } : answer);
});
route('DELETE', '/products/:productId', clerk('deleteProduct'), (req, res) => {
  const p = findProduct(req.params.productId);
  if (fault('product-delete-still-listed')) gone.add(p.id);
  else store.products = store.products.filter((x) => x !== p);
  if (fault('product-delete-204')) return res.status(204).end();
  send(res, 200, fault('product-delete-other-body') ? { deleted: true } : p);
});
route('PUT', '/products/:productId', { ...clerk('putProduct'), never: true }, () => {
  if (fault('product-put-404')) throw unknown('path');
  throw new Refusal(405, 'method', 'products are changed with PATCH', [], fault('product-put-without-allow') ? {} : { Allow: fault('product-put-allow-wrong') ? 'GET, POST' : 'GET, HEAD, PATCH, DELETE' });
});
route('GET', '/products/:productId/label', reader('getLabel'), (req, res) => {
  const p = findProduct(req.params.productId);
  const lang = enumParameter(req.query_, 'lang', fault('label-sv-refused') ? ['en', 'nb'] : ['en', 'nb', 'sv'], 'en');
  const units = req.headers['x-unit-system'] ?? 'metric';
  const wanted = fault('label-imperial-refused') ? ['metric'] : ['metric', 'imperial'];
  if (!wanted.includes(units) && !fault('label-units-unchecked')) throw badParameter('X-Unit-System', 'must be metric or imperial');
  let currency = cookie(req, 'currency') ?? p.currency;
  if (fault('label-cookie-crash')) currency = decodeURIComponent(currency);
  const currencies = fault('label-eur-refused') ? ['NOK', 'SEK'] : ['NOK', 'SEK', 'EUR'];
  if (!currencies.includes(currency) && !fault('label-currency-unchecked')) throw badParameter('currency', 'must be one of NOK, SEK, EUR');
  const rate = { NOK: 1, SEK: 1, EUR: 0.1 };
  const weight = p.weightGrams === null ? null : units === 'imperial'
    ? { value: Math.round(p.weightGrams / 0.2835) / 100, unit: 'oz' } : { value: p.weightGrams, unit: 'g' };
  const amount = Math.round(p.price * (currency === p.currency ? 1 : rate[currency] / rate[p.currency]) * 100) / 100;
  const title = `${{ en: 'Product', nb: 'Vare', sv: 'Vara' }[lang]} ${p.sku}`;
  if (!fault('label-language-missing')) res.set('Content-Language', fault('label-language-long') ? { en: 'english', nb: 'norsk', sv: 'svenska' }[lang] : fault('label-language-always-en') ? 'en' : lang);
  send(res, 200, { title, language: lang, weight: fault('label-weight-unit-kg') && weight ? { ...weight, unit: 'kg' } : weight, price: { amount, currency } });
});

// ---- suppliers

let nextSupplier = 9;
function findSupplier(text) {
  const id = pathId(text, 'supplier');
  const s = store.suppliers.find((x) => x.supplier_id === id);
  if (!s) {
    if (fault('supplier-deleted-410') && id < nextSupplier) throw new Refusal(410, 'not_found', 'no longer there');
    throw unknown('supplier');
  }
  return s;
}
function fromForm(form) {
  return {
    name: form.name[0], email: form.email[0], country: form.country ? form.country[0] : 'NO', rating: form.rating ? Number(form.rating[0]) : 3,
    preferred: fault('supplier-preferred-false-is-true') ? Boolean(form.preferred) : form.preferred ? form.preferred[0] === 'true' : false,
    categories: fault('supplier-categories-first-only') ? (form.categories || []).slice(0, 1) : form.categories || [],
  };
}
route('GET', '/suppliers', reader('listSuppliers', { query: !fault('suppliers-query-key-refused') }), (req, res) => {
  const q = req.query_;
  const preferred = enumParameter(q, 'preferred', ['true', 'false']);
  const country = enumParameter(q, 'country', ['NO', 'SE', 'DK', 'FI', 'DE']);
  const ids = listParameter(q, 'ids', ' ', (t) => (/^[1-9]\d{0,9}$/.test(t) && Number(t) <= 2147483647) || fault('suppliers-ids-unchecked'), 10);
  const byPreferred = (s) => preferred === undefined || s.preferred === (fault('suppliers-preferred-false-is-true') ? Boolean(preferred) : preferred === 'true');
  const byCountry = (s) => country === undefined || s.country === country;
  let rows = fault('suppliers-filters-or') && preferred && country
    ? store.suppliers.filter((s) => byPreferred(s) || byCountry(s))
    : store.suppliers.filter((s) => byPreferred(s) && byCountry(s));
  if (ids) rows = rows.filter((s) => (fault('suppliers-first-id-only') ? ids.slice(0, 1) : ids).includes(String(s.supplier_id)));
  if (fault('suppliers-created-not-listed')) rows = rows.filter((s) => s.supplier_id < 9);
  const shown = page(req, res, rows, 'suppliers');
  send(res, 200, fault('suppliers-id-as-text') ? shown.map((s) => ({ ...s, supplier_id: String(s.supplier_id) })) : shown);
});
route('POST', '/suppliers', clerk('createSupplier'), (req, res) => {
  const s = { supplier_id: nextSupplier, ...fromForm(checked(shapes.supplier, formBody(req))) };
  nextSupplier += 1;
  store.suppliers.push(s);
  if (!fault('supplier-location-missing')) res.set('Location', `/suppliers/${s.supplier_id}`);
  send(res, 201, s);
});
const escapeXml = (s) => (fault('supplier-xml-unescaped') ? s : s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd'));
function supplierXml(s) {
  const root = fault('supplier-xml-root') ? 'Supplier' : 'supplier';
  const members = Object.entries(s).flatMap(([k, v]) => (k === 'categories'
    ? [`<categories>${v.map((c) => `<category>${c}</category>`).join('')}</categories>`]
    : [`<${k}>${escapeXml(String(v))}</${k}>`]));
  if (fault('supplier-xml-email-missing')) members.splice(2, 1);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${members.join('')}</${root}>\n`;
}
function wantsXml(accept) {
  const ranges = (accept || '*/*').split(',').map((r) => {
    const [type, ...params] = r.split(';').map((s) => s.trim().toLowerCase());
    return { type, q: Number((params.find((p) => p.startsWith('q=')) || 'q=1').slice(2)) };
  });
  const weight = (type) => Math.max(...[type, `${type.split('/')[0]}/*`, '*/*'].map((t) => ranges.find((r) => r.type === t)).filter(Boolean).slice(0, 1).map((r) => r.q), 0);
  const json = weight('application/json');
  const xml = weight('application/xml');
  if (!json && !xml) {
    if (fault('supplier-accept-ignored')) return false;
    throw new Refusal(406, 'not_acceptable', 'there is JSON and XML');
  }
  return xml > json;
}
route('GET', '/suppliers/:supplierId', reader('getSupplier', { query: true }), (req, res) => {
  const xml = wantsXml(req.headers.accept) && !fault('supplier-xml-never');
  const s = findSupplier(req.params.supplierId);
  if (!xml) return send(res, 200, s);
  res.status(200).set('Content-Type', 'application/xml; charset=utf-8').send(Buffer.from(fault('supplier-xml-is-json') ? writeJson(s) : supplierXml(s)));
});
route('PUT', '/suppliers/:supplierId', clerk('replaceSupplier'), (req, res) => {
  const s = findSupplier(req.params.supplierId);
  const form = checked(shapes.supplierReplace, formBody(req));
  if (fault('supplier-put-always-422')) throw new Refusal(422, 'invalid', 'the body is not valid', [{ field: '/name', problem: 'is required' }]);
  const was = { ...s };
  Object.assign(s, fromForm({ email: [was.email], ...form }));
  if (fault('supplier-put-false-ignored') && was.preferred) s.preferred = true;
  if (fault('supplier-put-keeps-rating') && !form.rating) s.rating = was.rating;
  send(res, 200, s);
});
route('DELETE', '/suppliers/:supplierId', clerk('deleteSupplier'), (req, res) => {
  if (fault('supplier-delete-twice-204') && Number(req.params.supplierId) < nextSupplier && Number(req.params.supplierId) > 0) {
    store.suppliers = store.suppliers.filter((x) => String(x.supplier_id) !== req.params.supplierId);
    return res.status(204).end();
  }
  const s = findSupplier(req.params.supplierId);
  store.suppliers = store.suppliers.filter((x) => x !== s);
  res.status(204).end();
});
if (fault('supplier-patch-undocumented')) {
  route('PATCH', '/suppliers/:supplierId', clerk('patchSupplier'), (req, res) => send(res, 200, findSupplier(req.params.supplierId)));
}
if (fault('stocktakes-get-undocumented')) {
  route('GET', '/warehouses/:code/stocktakes', reader('listStocktakes'), (req, res) => send(res, 200, store.jobs));
}

// ---- deliveries

const DELIVERY_STATUS = ['planned', 'dispatched', 'cancelled'];
let nextDelivery = 510;
function findDelivery(text) {
  const id = fault('delivery-odd-id-400') && !/^\d+$/.test(text) ? NaN : pathId(text, 'delivery');
  if (Number.isNaN(id)) throw badParameter('deliveryId', 'must be an integer');
  const d = store.deliveries.find((x) => x.delivery_id === id);
  if (!d) throw unknown('delivery');
  return d;
}
function knownWarehouse(body) {
  if (store.warehouses.some((w) => w.code === body.warehouse_code)) return;
  if (fault('delivery-dangling-crash')) throw new Error('unhandled');
  if (fault('delivery-dangling-accepted')) return;
  throw new Refusal(422, 'invalid', 'the body is not valid', [{ field: '/warehouse_code', problem: 'is unknown' }]);
}
route('GET', '/deliveries', reader('listDeliveries'), (req, res) => {
  const q = req.query_;
  const status = enumParameter(q, 'status', DELIVERY_STATUS);
  const code = q.get('warehouse_code');
  if (code !== null && !/^[A-Z]{3}-[0-9]{2}$/.test(code) && !fault('deliveries-code-unchecked')) throw badParameter('warehouse_code', 'must be a code');
  const [from, to] = ['arrives_from', 'arrives_to'].map((name) => {
    const text = q.get(name);
    if (text !== null && !shapes.realDate(text)) {
      if (fault('deliveries-date-crash')) new Date(text).toISOString();
      if (!fault('deliveries-date-unchecked')) throw badParameter(name, 'must be a date');
      return null;
    }
    return text;
  });
  const sort = enumParameter(q, 'sort', ['arrives_on', '-arrives_on', 'delivery_id', '-delivery_id'], 'delivery_id');
  let rows = store.deliveries;
  if (status) rows = rows.filter((d) => d.status === status || (fault('deliveries-cancelled-with-planned') && status === 'planned' && d.status === 'cancelled'));
  if (code !== null && !fault('deliveries-code-ignored')) rows = rows.filter((d) => d.warehouse_code === code);
  if (from !== null) rows = rows.filter((d) => (fault('deliveries-from-exclusive') ? d.arrives_on > from : d.arrives_on >= from));
  if (to !== null && !fault('deliveries-to-ignored')) rows = rows.filter((d) => d.arrives_on <= to);
  if (!(fault('deliveries-sort-ignored') && sort === 'arrives_on')) rows = sorted(rows, sort, 'delivery_id');
  const shown = page(req, res, rows, 'deliveries', 5);
  if (fault('deliveries-line-quantity-null')) return send(res, 200, shown.map((d) => ({ ...d, lines: d.lines.map((l, i) => (i ? { ...l, quantity: null } : l)) })));
  send(res, 200, shown);
});
route('POST', '/deliveries', clerk('createDelivery'), (req, res) => {
  if (fault('delivery-text-accepted') && (req.headers['content-type'] || '').startsWith('text/plain')) req.headers['content-type'] = 'application/json';
  const body = jsonBody(req);
  if (fault('delivery-null-line-crash') && body && Array.isArray(body.lines)) body.lines.forEach((l) => l.sku);
  checked(shapes.delivery, body);
  knownWarehouse(body);
  const d = { delivery_id: nextDelivery, priority: fault('delivery-priority-default-1') ? 1 : 2, note: null, ...body, status: 'planned', carrier: null, version: 1 };
  nextDelivery += 1;
  if (fault('delivery-lines-merged')) d.lines = [...new Map(d.lines.map((l) => [l.sku, l])).values()];
  store.deliveries.push(d);
  res.set('Location', fault('delivery-location-broken') ? `/delivery/${d.delivery_id}` : `/deliveries/${d.delivery_id}`);
  send(res, 201, d);
});
route('GET', '/deliveries/:deliveryId', reader('getDelivery'), (req, res) => {
  const d = findDelivery(req.params.deliveryId);
  const answer = fault('delivery-window-seconds') && d.window ? { ...d, window: { from: `${d.window.from}:00`, to: `${d.window.to}:00` } } : { ...d };
  if (fault('delivery-read-bumps-version')) d.version += 1;
  send(res, 200, answer);
});
route('PUT', '/deliveries/:deliveryId', clerk('replaceDelivery'), (req, res) => {
  const d = findDelivery(req.params.deliveryId);
  const { version, ...body } = checked(shapes.deliveryReplace, jsonBody(req));
  knownWarehouse(body);
  const current = fault('delivery-newer-version-accepted') ? version >= d.version : version === d.version;
  if (!current) throw new Refusal(fault('delivery-stale-412') ? 412 : 409, 'conflict', `the version is ${d.version}`);
  const keep = pick(d, ['delivery_id', 'status', 'carrier', 'version']);
  if (fault('delivery-put-resets-status')) keep.status = 'planned';
  if (fault('delivery-put-keeps-window') && d.window) keep.window = d.window;
  for (const name of Object.keys(d)) delete d[name];
  Object.assign(d, { priority: 2, note: null }, body, keep, { version: keep.version + 1 });
  send(res, 200, d);
});
route('DELETE', '/deliveries/:deliveryId', clerk('deleteDelivery'), (req, res) => {
  if (fault('delivery-unknown-delete-crash') && !store.deliveries.some((x) => String(x.delivery_id) === req.params.deliveryId)) throw new Error('unhandled');
  const d = findDelivery(req.params.deliveryId);
  store.deliveries = store.deliveries.filter((x) => x !== d);
  res.status(204).end();
});
route('POST', '/deliveries/:deliveryId/dispatch', clerk('dispatchDelivery'), (req, res) => {
  const d = findDelivery(req.params.deliveryId);
  const { carrier } = checked(shapes.dispatch, jsonBody(req));
  if ((d.status !== 'planned' && !fault('dispatch-twice-accepted')) || fault('dispatch-always-409')) throw conflict(`the delivery is ${d.status}`);
  const answer = { ...d, status: 'dispatched', carrier, version: d.version + 1 };
  if (fault('dispatch-resets-note')) answer.note = null;
  if (fault('dispatch-says-planned')) answer.status = 'planned';
  if (!fault('dispatch-not-kept')) Object.assign(d, fault('dispatch-carrier-not-kept') ? { ...answer, carrier: null } : answer);
  send(res, fault('dispatch-202') ? 202 : 200, answer);
});

// ---- audit and health

route('GET', '/audit', { basic: true }, (req, res) => {
  const q = req.query_;
  const since = q.get('since');
  if (since !== null && !shapes.realDateTime(since)) {
    if (fault('audit-since-crash')) new Date(since).toISOString();
    if (!fault('audit-since-unchecked')) throw badParameter('since', 'must be a date-time');
  }
  let rows = store.audit;
  if (since !== null && !fault('audit-since-ignored')) rows = rows.filter((e) => Date.parse(e.at) >= Date.parse(since.toUpperCase()));
  const limit = intParameter(q, 'limit', { min: 1, max: 100, def: 100 });
  rows = rows.slice(0, fault('audit-limit-ignored') ? 100 : limit);
  send(res, 200, fault('audit-actor-empty') ? rows.map((e, i) => (i === 7 ? { ...e, actor: '' } : e)) : rows);
});
route('GET', '/health', { open: !fault('health-needs-key'), role: 'reader', operation: 'getHealth' }, (req, res) => {
  if (fault('health-trailing-data')) return res.type('application/json').send(Buffer.from('{"status":"ok"}}'));
  send(res, 200, { status: fault('health-status-up') ? 'up' : 'ok' });
});

// ---- the rest

if (fault('delivery-denied-delete-has-effect')) {
  app.delete('/deliveries/:deliveryId', (req, res, next) => {
    if (req.headers['x-api-key'] === 'depot-reader-key') store.deliveries = store.deliveries.filter((x) => String(x.delivery_id) !== req.params.deliveryId);
    next();
  });
}
if (fault('warehouse-denied-unknown-404')) {
  app.delete('/warehouses/:code', (req, res, next) => {
    if (['depot-clerk-key', 'depot-reader-key'].includes(req.headers['x-api-key'])) findWarehouse(req.params.code);
    next();
  });
}
if (fault('product-denied-patch-has-effect')) {
  app.patch('/products/:productId', (req, res, next) => {
    const p = store.products.find((x) => String(x.id) === req.params.productId);
    if (p && req.headers['x-api-key'] === 'depot-reader-key') Object.assign(p, JSON.parse(req.body.toString()));
    next();
  });
}
mount();
app.use(() => {
  throw unknown('path');
});
app.use((error, req, res, next) => {
  if (res.headersSent) return next(error);
  let refusal = error;
  if (error.type === 'entity.too.large') refusal = new Refusal(413, 'too_large', 'the body is too large');
  else if (error.type === 'encoding.unsupported') refusal = new Refusal(415, 'media_type', 'this encoding is not read');
  else if (error.type || error.code === 'Z_DATA_ERROR') refusal = new Refusal(400, 'malformed', 'the body cannot be read');
  else if (error instanceof URIError || (error.status === 400 && !(error instanceof Refusal))) refusal = unknown('path');
  else if (!(error instanceof Refusal)) refusal = new Refusal(500, 'internal', 'something went wrong');
  res.set(refusal.headers);
  if (refusal.code === 'html') return res.status(404).type('text/html').send('<h1>Not Found</h1>');
  send(res, refusal.status, { code: refusal.code, message: refusal.message, details: refusal.details });
});

const server = app.listen(port, '127.0.0.1', () => process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`));
