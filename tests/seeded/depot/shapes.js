// What values are checked with: each check calls `say(at, problem)` for what is wrong with a value.
'use strict';
const { fault } = require('./fault');

const count = (v) => [...v].length;

const text = ({ min = 0, max = Infinity, pattern, length = count } = {}) => (v, at, say) => {
  if (typeof v !== 'string') return say(at, 'must be a string');
  if (length(v) < min) say(at, `must have at least ${min} characters`);
  if (length(v) > max) say(at, `must have at most ${max} characters`);
  if (pattern && !pattern.test(v)) say(at, `must match ${pattern.source}`);
};

const number = ({ min = -Infinity, max = Infinity, over = -Infinity, under = Infinity, whole = false, step } = {}) => (v, at, say) => {
  if (typeof v !== 'number' && typeof v !== 'bigint') return say(at, 'must be a number');
  if (whole && typeof v === 'number' && !Number.isInteger(v)) return say(at, 'must be an integer');
  if (v < min) say(at, `must be at least ${min}`);
  if (v > max) say(at, `must be at most ${max}`);
  if (v <= over) say(at, `must be above ${over}`);
  if (v >= under) say(at, `must be below ${under}`);
  if (step && !step(Number(v))) say(at, 'must have at most two decimals');
};
const integer = (o) => number({ ...o, whole: true });
const cents = (v) => Math.abs(v * 100 - Math.round(v * 100)) < 1e-6;

const bool = (v, at, say) => typeof v === 'boolean' || say(at, 'must be true or false');
const oneOf = (...values) => (v, at, say) => values.includes(v) || say(at, `must be one of ${values.join(', ')}`);
const orNull = (check) => (v, at, say) => v === null || check(v, at, say);
const any = () => {};

const isObject = (v) => typeof v === 'object' && v !== null && !Array.isArray(v);

const list = (item, { min = 0, max = Infinity, unique = false } = {}) => (v, at, say) => {
  if (!Array.isArray(v)) return say(at, 'must be an array');
  if (v.length < min) say(at, `must have at least ${min} items`);
  if (v.length > max) say(at, `must have at most ${max} items`);
  if (unique && new Set(v.map((x) => JSON.stringify(x, (_, b) => (typeof b === 'bigint' ? `${b}n` : b)))).size < v.length) say(at, 'must not repeat items');
  v.forEach((x, i) => item(x, `${at}/${i}`, say));
};

const map = (value, { max = Infinity } = {}) => (v, at, say) => {
  if (!isObject(v)) return say(at, 'must be an object');
  if (Object.keys(v).length > max) say(at, `must have at most ${max} members`);
  for (const [k, x] of Object.entries(v)) value(x, `${at}/${k}`, say);
};

const object = (fields, { required = [], closed = false, min = 0 } = {}) => (v, at, say) => {
  if (!isObject(v)) return say(at, 'must be an object');
  for (const name of required) if (!Object.hasOwn(v, name)) say(`${at}/${name}`, 'is required');
  if (Object.keys(v).length < min) say(at, `must have at least ${min} members`);
  for (const [name, x] of Object.entries(v)) {
    if (Object.hasOwn(fields, name)) fields[name](x, `${at}/${name}`, say);
    else if (closed) say(`${at}/${name}`, 'is not known');
  }
};

const either = (...checks) => (v, at, say) => {
  const fits = checks.some((check) => {
    let bad = false;
    check(v, at, () => { bad = true; });
    return !bad;
  });
  if (!fits) say(at, 'fits none of the allowed forms');
};

const realDate = (v) => {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(v);
  if (!m) return false;
  const day = new Date(`${v}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === v;
};
const date = (v, at, say) => (typeof v === 'string' && realDate(v)) || say(at, 'must be a date');
const realDateTime = (v) => /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(v) && realDate(v.slice(0, 10)) && !Number.isNaN(Date.parse(v.toUpperCase()));
const clock = text({ pattern: /^([01][0-9]|2[0-3]):[0-5][0-9]$/ });
const DURATION = /^P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?)$/;
const duration = text({ pattern: DURATION });
const EMAIL = /^("([^"\\]|\\.)+"|[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)@([A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[^\]]+\])$/;
const email = text({ max: 80, pattern: EMAIL });
const uri = (v, at, say) => (typeof v === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/.test(v)) || say(at, 'must be a URI');

// ---- warehouses

const openingHours = object({ opens: clock, closes: clock }, { required: ['opens', 'closes'] });
const emailContact = object({ email }, { required: ['email'] });
const phoneContact = object({ phone: text({ pattern: /^\+[0-9]{6,14}$/ }) }, { required: ['phone'] });

const warehouseFields = (on) => ({
  name: text({
    min: fault('warehouse-name-2-refused') ? 3 : fault('warehouse-put-name-1-accepted') && on === 'replace' ? 1 : 2,
    max: fault('warehouse-name-40-refused') ? 39 : fault('warehouse-name-41-accepted') && on === 'create' ? 41 : 40,
    length: fault('warehouse-name-counts-utf16') ? (v) => v.length : count,
  }),
  country: fault('warehouse-patch-country-unchecked') && on === 'patch' ? text()
    : fault('warehouse-country-fi-refused') ? oneOf('NO', 'SE', 'DK') : oneOf('NO', 'SE', 'DK', 'FI'),
  capacity: integer({
    min: fault('warehouse-capacity-0-accepted') ? 0 : 1,
    max: fault('warehouse-capacity-100000-refused') ? 99999 : 100000,
  }),
  heated: fault('warehouse-patch-heated-null-accepted') && on === 'patch' ? orNull(bool) : fault('warehouse-heated-text-accepted') ? any : bool,
  opened_on: orNull(date),
  floor_area: number({
    over: fault('warehouse-floor-area-0-accepted') ? -1 : 0,
    max: 99999.99,
    step: fault('warehouse-floor-area-thousandths-accepted') ? null : fault('warehouse-floor-area-modulo') ? (v) => v % 0.01 === 0 : cents,
  }),
  opening_hours: map(fault('warehouse-opening-hours-unchecked') ? any : on === 'patch' ? orNull(openingHours) : openingHours, { max: fault('warehouse-opening-hours-7-refused') ? 6 : 7 }),
  contact: fault('warehouse-contact-unchecked') ? any : fault('warehouse-contact-phone-refused') ? emailContact : either(emailContact, phoneContact),
  notes: fault('warehouse-notes-null-refused') ? text({ max: 200 }) : orNull(text({ max: 200 })),
  tags: list(text({ min: 1, max: 20 }), { max: 5, unique: !fault('warehouse-tags-repeated-accepted') }),
});
const code = text({
  pattern: fault('warehouse-code-lowercase-accepted') ? /^[A-Z]{3}-[0-9]{2}$/i : fault('warehouse-code-unanchored') ? /^[A-Z]{3}-[0-9]{2}/ : /^[A-Z]{3}-[0-9]{2}$/,
});
const warehouse = object({ code, ...warehouseFields('create') }, { required: ['code', 'name', 'country'] });
const warehouseReplace = object(warehouseFields('replace'), { required: fault('warehouse-put-country-optional') ? ['name'] : ['name', 'country'] });
const warehousePatch = (v, at, say) => {
  if (fault('warehouse-patch-array-accepted') && Array.isArray(v)) return;
  object(warehouseFields('patch'), { min: 1 })(v, at, say);
};

// ---- bins and items

const binFields = {
  kind: oneOf('shelf', 'pallet', 'freezer'),
  maxWeight: fault('bin-max-weight-text-accepted') ? any : number({ min: 0.5, max: fault('bin-max-weight-2000-refused') ? 1999.5 : 2000 }),
  minTemperature: integer({ min: fault('bin-temperature-minus-40-refused') ? -39 : -40, max: 30 }),
  stackable: bool,
};
const binRequired = fault('bin-kind-optional') ? ['bin'] : fault('bin-smallest-refused') ? ['bin', 'kind', 'maxWeight'] : ['bin', 'kind'];
const bin = object({ bin: text({ pattern: /^[A-Z][0-9]{1,3}$/ }), ...binFields }, { required: binRequired, closed: true });
const binReplace = object({ ...binFields, version: integer({ min: 1, max: 2147483647 }) }, {
  required: fault('bin-put-version-optional') ? ['kind'] : ['kind', 'version'],
  closed: true,
});
const SKU = /^[A-Z0-9]{4,12}$/;
const item = object({
  sku: text({ pattern: SKU }),
  quantity: (v, at, say) => {
    if (fault('item-quantity-0-refused') && !v) return say(at, 'is required');
    const kind = fault('item-quantity-fraction-accepted') ? number : integer;
    kind({ min: fault('item-quantity-negative-accepted') ? -Infinity : 0, max: 10000 })(v, at, say);
  },
  lot: orNull(text({ min: fault('item-lot-empty-accepted') ? 0 : 1, max: 16 })),
  expires_on: (v, at, say) => {
    date(v, at, say);
    if (fault('item-expires-2100-refused') && v > '2099-12-31') say(at, 'is too far away');
  },
}, { required: ['sku', 'quantity'], closed: true });
const stocktake = object({
  mode: fault('stocktake-partial-refused') ? oneOf('full') : oneOf('full', 'partial'),
  bins: list(text({ pattern: /^[A-Z][0-9]{1,3}$/ }), { max: 10, unique: true }),
}, { required: ['mode'], closed: true });

// ---- products

const edge = integer({ min: 1, max: 3000 });
const dimensions = (v, at, say) => {
  if (fault('product-dimensions-null-crash')) Object.keys(v);
  object({ width: edge, height: edge, depth: edge }, { required: ['width', 'height'], closed: !fault('product-dimensions-open') })(v, at, say);
};
const productFields = {
  name: text({ min: 1, max: 60 }),
  status: oneOf('draft', 'active', 'retired'),
  price: (v, at, say) => {
    if (fault('product-price-0-refused') && !v) return say(at, 'is required');
    number({ min: 0, max: fault('product-price-max-refused') ? 999999 : 999999.99, step: cents })(v, at, say);
  },
  currency: oneOf('NOK', 'SEK', 'EUR'),
  serialBase: integer({ min: 0, max: fault('product-serial-base-int32') ? 2147483647 : 9223372036854775807n }),
  weightGrams: orNull(integer({ min: 1, under: fault('product-weight-50000-accepted') ? 50001 : 50000 })),
  attributes: (v, at, say) => {
    if (fault('product-attributes-empty-refused') && isObject(v) && !Object.keys(v).length) say(at, 'must not be empty');
    map(text({ max: fault('product-attribute-length-unchecked') ? Infinity : 30 }), { max: 8 })(v, at, say);
  },
  tags: list(fault('product-tag-pattern-unchecked') ? text() : text({ pattern: /^[a-z-]{2,15}$/ }), {
    max: fault('product-tags-6-refused') ? 5 : fault('product-tags-7-accepted') ? 7 : 6,
    unique: true,
  }),
  supplierId: orNull(integer({ min: 1, max: 2147483647 })),
  dimensions,
  barcode: text({ pattern: fault('product-barcode-unanchored') ? /[0-9]{13}/ : /^[0-9]{13}$/ }),
  shelfLife: fault('product-shelf-life-weeks-refused') ? text({ pattern: /^P(\d+Y)?(\d+M)?(\d+D)?(T.*)?$/ }) : duration,
  homepage: (v, at, say) => {
    uri(v, at, say);
    if (fault('product-homepage-query-refused') && /[?#]/.test(v)) say(at, 'must be a URI');
  },
  discontinuedOn: orNull(date),
};
const SKUS = text({ pattern: SKU });
const product = (v, at, say) => {
  object({ sku: SKUS, ...productFields }, { required: ['sku', 'name', 'price'], closed: !fault('product-unknown-member-accepted') })(v, at, say);
  if (fault('product-pair-refused') && v && v.shelfLife && v.discontinuedOn) say(at, 'shelfLife and discontinuedOn exclude each other');
};
const productPatch = (v, at, say) => {
  object({
    ...productFields,
    price: fault('product-patch-price-null-accepted') ? orNull(productFields.price) : productFields.price,
    weightGrams: fault('product-patch-weight-null-refused') ? integer({ min: 1, under: 50000 }) : productFields.weightGrams,
  }, { closed: true, min: fault('product-patch-empty-accepted') ? 0 : 1 })(v, at, say);
};
const productBulk = list((v, at, say) => fault('bulk-later-items-unchecked') && at !== '/0' && isObject(v) ? undefined : product(v, at, say), {
  min: fault('bulk-empty-accepted') ? 0 : 1,
  max: fault('bulk-20-refused') ? 19 : fault('bulk-21-accepted') ? 21 : 20,
});

// ---- suppliers (forms: every value is a list of texts)

const one = (check) => (v, at, say) => (v.length === 1 ? check(v[0], at, say) : say(at, 'must be given once'));
const decimal = (check) => (v, at, say) => (/^-?\d+$/.test(v) ? check(Number(v), at, say) : say(at, 'must be an integer'));
const supplier = (on) => object({
  name: one((v, at, say) => {
    text({ min: 2, max: 50 })(v, at, say);
    if (fault('supplier-name-ascii-only') && /[^\x00-\x7f]/.test(v)) say(at, 'must be ASCII');
  }),
  email: one(fault('supplier-email-unchecked') ? text() : fault('supplier-email-plus-refused') ? text({ pattern: /^[\w.-]+@[\w.-]+$/ }) : email),
  country: one(fault('supplier-country-unchecked') ? text() : oneOf('NO', 'SE', 'DK', 'FI', 'DE')),
  rating: one(decimal(integer({
    min: fault('supplier-rating-0-accepted') ? 0 : 1,
    max: fault('supplier-put-rating-5-refused') && on === 'replace' ? 4 : 5,
  }))),
  preferred: one(oneOf('true', 'false')),
  categories: list(fault('supplier-categories-unchecked') ? text() : oneOf('tools', 'food', 'paper', 'fuel'), { max: 4, unique: true }),
}, {
  required: fault('supplier-put-email-optional') && on === 'replace' ? ['name'] : ['name', 'email'],
  closed: !fault('supplier-unknown-field-accepted'),
});

// ---- deliveries

const line = object({
  sku: SKUS,
  quantity: integer({ min: fault('delivery-line-quantity-0-accepted') ? 0 : 1, max: 1000 }),
}, { required: ['sku', 'quantity'], closed: true });
const deliveryFields = (on) => ({
  warehouse_code: text({ pattern: /^[A-Z]{3}-[0-9]{2}$/ }),
  arrives_on: fault('delivery-arrives-on-unchecked') ? text() : (v, at, say) => {
    date(v, at, say);
    if (fault('delivery-leap-day-refused') && /-02-29$/.test(v)) say(at, 'must be a date');
  },
  window: object({ from: clock, to: clock }, { required: fault('delivery-window-to-optional') ? ['from'] : ['from', 'to'], closed: true }),
  notify_before: fault('delivery-notify-before-unchecked') ? text() : duration,
  priority: fault('delivery-put-priority-3-refused') && on === 'replace' ? oneOf(1, 2) : fault('delivery-priority-4-accepted') ? integer({ min: 1 }) : oneOf(1, 2, 3),
  lines: list(line, { min: fault('delivery-lines-empty-accepted') ? 0 : 1, max: fault('delivery-lines-10-refused') ? 9 : 10 }),
  note: orNull(text({ max: 100 })),
});
const required = ['warehouse_code', 'arrives_on', 'lines'];
const delivery = object(deliveryFields('create'), { required: fault('delivery-window-required') ? [...required, 'window'] : required, closed: true });
const deliveryReplace = object({ ...deliveryFields('replace'), version: integer({ min: 1, max: 2147483647 }) }, { required: [...required, 'version'], closed: true });
const dispatch = object({ carrier: text({ min: fault('dispatch-carrier-1-accepted') ? 1 : 2, max: 30 }) }, { required: ['carrier'], closed: true });

module.exports = {
  warehouse, warehouseReplace, warehousePatch, bin, binReplace, item, stocktake, product, productPatch, productBulk,
  supplier: supplier('create'), supplierReplace: supplier('replace'), delivery, deliveryReplace, dispatch, realDate, realDateTime,
};
