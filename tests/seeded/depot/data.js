// What the server starts with, the same at every start.
'use strict';

const at = (n) => `2026-0${1 + (n % 9)}-1${n % 10}T08:${10 + n}:00Z`;

const warehouses = [
  ['OSL-01', 'Oslo Harbour', 'NO', 5000, true, '2011-04-01', 4200.5, { monday: { opens: '07:00', closes: '17:00' } }, { email: 'oslo@depot.example' }, 'Main site', ['harbour', 'rail']],
  ['BGO-01', 'Bergen Quay', 'NO', 1200, false, '2015-09-12', 880.25, {}, { phone: '+4755000000' }, null, ['harbour']],
  ['STO-01', 'Stockholm South', 'SE', 9000, true, null, 7100, {}, undefined, 'Night shift', []],
  ['GOT-02', 'Göteborg Ring', 'SE', 800, false, '2020-01-02', undefined, {}, undefined, null, ['rail']],
  ['CPH-01', 'København Nord', 'DK', 3000, false, '2018-06-30', 2500.75, {}, undefined, null, []],
  ['HEL-01', 'Helsinki East', 'FI', 2500, true, '2019-11-11', 1999.99, {}, undefined, 'Cold store', ['cold']],
  ['TRD-01', 'Trondheim Hub', 'NO', 400, true, null, 310.1, {}, undefined, null, []],
].map(([code, name, country, capacity, heated, opened_on, floor_area, opening_hours, contact, notes, tags], i) => ({
  code, name, country, capacity, heated, opened_on, floor_area, opening_hours, contact, notes, tags, created_at: at(i),
}));

const bins = [
  ['OSL-01', 'A1', 'shelf', 120.5, 5, true], ['OSL-01', 'A2', 'shelf', 80, undefined, true], ['OSL-01', 'B1', 'pallet', 900, undefined, false],
  ['OSL-01', 'B2', 'pallet', 1500, 0, true], ['OSL-01', 'C1', 'freezer', 60, -25, false], ['OSL-01', 'C2', 'freezer', 75.5, -18, true],
  ['STO-01', 'A1', 'shelf', 50, undefined, true], ['STO-01', 'D10', 'pallet', 2000, undefined, true], ['HEL-01', 'F1', 'freezer', 300, -40, false],
].map(([warehouse, bin, kind, maxWeight, minTemperature, stackable]) => ({ warehouse, bin, kind, maxWeight, minTemperature, stackable, version: 1 }));

const items = [
  ['OSL-01', 'A1', 'HAMMER01', 40, 'L-2025', undefined], ['OSL-01', 'A1', 'NAILS500', 1200, null, undefined], ['OSL-01', 'A1', 'GLUE0001', 15, 'L-77', '2027-03-31'],
  ['OSL-01', 'C1', 'PEAS1000', 300, 'P-9', '2026-12-24'], ['STO-01', 'A1', 'PAPERA4', 2500, null, undefined],
].map(([warehouse, bin, sku, quantity, lot, expires_on]) => ({ warehouse, bin, sku, quantity, lot, expires_on }));

const nouns = ['Hammer', 'Nails', 'Glue', 'Peas', 'Paper', 'Rope', 'Saw', 'Drill', 'Bolts', 'Tape', 'Lamp', 'Paint', 'Brush'];
const products = Array.from({ length: 26 }, (_, i) => ({
  id: 1001 + i,
  sku: `${nouns[i % 13].toUpperCase().slice(0, 5)}${String(i).padStart(3, '0')}`,
  name: `${nouns[i % 13]} ${i < 13 ? 'Basic' : 'Plus'}`,
  status: ['active', 'draft', 'active', 'retired'][i % 4],
  price: Math.round(([9.5, 120, 15.25, 7.99, 1049.9, 33][i % 6] + i) * 100) / 100,
  currency: ['NOK', 'SEK', 'EUR'][i % 3],
  serialBase: i === 3 ? 9007199254740993n : i % 2 ? 4000000000 + i : undefined,
  weightGrams: i % 5 === 0 ? null : 100 + 37 * i,
  attributes: i % 3 === 0 ? { colour: 'red', grip: 'rubber' } : {},
  tags: [['tools', 'steel'], ['tools'], ['garden', 'steel'], []][i % 4],
  supplierId: i % 4 === 3 ? null : 1 + (i % 8),
  dimensions: i % 2 ? { width: 10 + i, height: 20, depth: 5 } : undefined,
  barcode: i % 3 ? `70${String(10000000000 + i)}` : undefined,
  shelfLife: i % 6 === 3 ? 'P6M' : undefined,
  homepage: i === 0 ? 'https://depot.example/hammer?ref=1' : undefined,
  discontinuedOn: i % 4 === 3 ? '2026-06-30' : null,
  createdAt: at(i),
  updatedAt: at(i),
}));

const suppliers = [
  ['Nordic Tools', 'NO', 5, true, ['tools']], ['Malmö Papper', 'SE', 4, false, ['paper']], ['Jysk Fuel', 'DK', 2, false, ['fuel']],
  ['Suomi Foods', 'FI', 3, true, ['food']], ['Hansa Handel', 'DE', 4, true, ['tools', 'paper']], ['Fjord Fish', 'NO', 3, false, ['food']],
  ['Svea Stål', 'SE', 1, true, ['tools']], ['Bremen & Sons', 'DE', 5, false, []],
].map(([name, country, rating, preferred, categories], i) => ({
  supplier_id: i + 1, name, email: `sales${i + 1}@suppliers.example`, country, rating, preferred, categories,
}));

const deliveries = [
  ['OSL-01', '2026-03-02', 'planned', 1], ['OSL-01', '2026-03-09', 'dispatched', 2], ['STO-01', '2026-04-01', 'planned', 3], ['CPH-01', '2026-04-15', 'cancelled', 1],
  ['HEL-01', '2026-05-20', 'planned', 2], ['OSL-01', '2026-06-01', 'dispatched', 3], ['BGO-01', '2026-06-01', 'planned', 1], ['STO-01', '2026-07-07', 'dispatched', 2], ['TRD-01', '2026-08-30', 'planned', 3],
].map(([warehouse_code, arrives_on, status, priority], i) => ({
  delivery_id: 501 + i, warehouse_code, arrives_on, window: i % 2 ? { from: '08:00', to: '11:30' } : undefined, notify_before: i % 3 ? 'PT2H' : undefined,
  priority, lines: [{ sku: 'HAMME000', quantity: 10 + i }, ...(i % 2 ? [{ sku: 'NAILS001', quantity: 5 }] : [])], note: i === 2 ? 'Ring the bell' : null,
  status, carrier: status === 'dispatched' ? 'Posten' : null, version: 1,
}));

const jobs = [
  { id: 71, kind: 'stocktake', status: 'done', progress: 100, created_at: '2026-02-01T09:00:00Z', finished_at: '2026-02-01T09:04:10Z' },
  { id: 72, kind: 'stocktake', status: 'running', progress: 40, created_at: '2026-02-03T09:00:00Z', finished_at: null },
];

const audit = Array.from({ length: 12 }, (_, i) => ({
  entry: 9001 + i, at: `2026-01-${10 + i}T12:00:00Z`, actor: ['manager', 'clerk'][i % 2], method: ['POST', 'PATCH', 'DELETE'][i % 3], path: `/products/${1001 + i}`,
}));

module.exports = { warehouses, bins, items, products, suppliers, deliveries, jobs, audit };
