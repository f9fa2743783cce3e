/**
 * What the page does: choosing an event, by mouse or by keys, tells all about it and marks its causal past. Kept as text,
 * since it runs in a browser alone. It writes text content only, never markup.
 */
export const PAGE_SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const root = document.querySelector('main');
const sheet = document.querySelector('.scroll');
const panel = document.querySelector('#chosen');
const shapes = [...document.querySelectorAll('[data-moment]')];
const arrows = [...document.querySelectorAll('[data-arrow]')];
let chosen = null;

function isInPast(of, other) {
  const a = data.moments[of], b = data.moments[other];
  return a.clock !== null && b.clock !== null && b.lane !== null && a.clock[b.lane] >= b.clock[b.lane];
}

function stateBefore(place) {
  const lane = data.moments[place].lane;
  const state = new Map(lane === null ? [] : data.states[lane]);
  for (let index = 0; index < place; index++) {
    if (data.moments[index].lane !== lane) continue;
    for (const [name, , after] of data.moments[index].changes) after === null ? state.delete(name) : state.set(name, after);
  }
  return state;
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function goTo(text, place) {
  if (place === null) return document.createTextNode(text);
  return make('button', { type: 'button', onclick: () => choose(place, true) }, text);
}

function section(title, items) {
  if (items.length === 0) return [];
  return [make('h3', {}, title), make('ul', {}, ...items.map((item) => make('li', {}, ...item)))];
}

function stateTable(place) {
  const moment = data.moments[place];
  if (moment.lane === null) return [];
  if (data.statesEndAt !== null && place >= data.statesEndAt)
    return [make('h3', {}, 'State'), make('p', { className: 'where' }, 'Left out: the states of this trace are too large for one page.')];
  const before = stateBefore(place);
  const changes = new Map(moment.changes.map(([name, was, is]) => [name, [was, is]]));
  const names = [...new Set([...before.keys(), ...changes.keys()])];
  if (names.length === 0) return [];
  const rows = names.map((name) => {
    const change = changes.get(name);
    const value = make('td', {});
    if (change === undefined) value.append(before.get(name));
    else {
      const [was, is] = change;
      if (was !== null) value.append(make('del', {}, was), ' ');
      if (is !== null) value.append(make('ins', {}, is));
    }
    return make('tr', { className: change === undefined ? '' : 'changed' }, make('td', {}, name || 'state'), value);
  });
  rows.sort((a, b) => (b.className === 'changed') - (a.className === 'changed'));
  return [make('h3', {}, 'State, before and after'), make('table', {}, ...rows)];
}

function tell(place, past) {
  const moment = data.moments[place];
  const where = moment.node === null ? 'the whole system' : moment.node;
  const head = [make('h2', {}, moment.text), make('p', { className: 'where' }, where + ' · ' + data.unit + ' ' + moment.at + ' · ' + moment.kind)];
  const came = moment.from === null ? [] : [[goTo('from ' + moment.from, moment.cause), moment.missed ? ' – it reached nobody: the node was down' : '']];
  const sent = moment.sent.map(([to, text, fate, receipt]) => {
    const word = fate === 'received' ? '' : ' – ' + fate;
    return [goTo('to ' + to + ': ' + text, receipt), make('span', { className: 'lost-word' }, word)];
  });
  const clock = moment.clock === null ? [] : [[data.lanes.map((lane, index) => lane + ' ' + moment.clock[index]).join(', ')]];
  const own = data.moments.filter(({ clock }) => clock !== null).length;
  panel.replaceChildren(
    ...head,
    ...section('Received', came),
    ...section('Sent', sent),
    ...section('Told', moment.told.map((text) => [text])),
    ...stateTable(place),
    ...section('Vector clock', clock),
    ...(moment.clock === null ? [] : section('Causal past', [[past + ' of ' + own + ' events may have caused this']])),
  );
}

function choose(place, isMoved) {
  const before = chosen === null ? null : shapes[chosen];
  before?.classList.remove('chosen');
  chosen = place;
  root.classList.toggle('is-choosing', place !== null && data.moments[place].clock !== null);
  let past = 0;
  for (let index = 0; index < shapes.length; index++) {
    const isPast = place !== null && index !== place && isInPast(place, index);
    if (isPast) past++;
    shapes[index].classList.toggle('past', isPast);
  }
  const counts = (index) => index !== null && (index === chosen || shapes[index].classList.contains('past'));
  for (let index = 0; index < arrows.length; index++) {
    const [from, to] = data.arrows[index];
    arrows[index].classList.toggle('past', place !== null && counts(to) && !data.moments[to].missed && (from === null || counts(from)));
  }
  if (place === null) {
    panel.replaceChildren(make('p', { className: 'where' }, 'Choose an event: click it, or use the keys.'));
    shapes[0]?.setAttribute('tabindex', '0');
    history.replaceState(null, '', location.pathname + location.search);
    return;
  }
  for (const shape of [before, shapes[0]]) shape?.setAttribute('tabindex', '-1');
  shapes[place].classList.add('chosen');
  shapes[place].setAttribute('tabindex', '0');
  tell(place, past);
  if (isMoved) {
    shapes[place].focus({ preventScroll: true });
    const { top, bottom, left, right } = shapes[place].getBoundingClientRect();
    const view = sheet.getBoundingClientRect();
    // Not under the names of the lanes, which stay on top.
    const isHigh = top < Math.max(view.top, 0) + 60 || bottom > Math.min(view.bottom, innerHeight) - 40;
    if (isHigh || left < view.left || right > view.right) shapes[place].scrollIntoView({ block: 'center', inline: 'nearest' });
  }
  history.replaceState(null, '', '#e' + place);
}

function next(from, step) {
  const lane = data.moments[from].lane;
  for (let index = from + step; index >= 0 && index < shapes.length; index += step)
    if (data.moments[index].lane === lane) return index;
  return from;
}

const KEYS = {
  ArrowDown: (at) => Math.min(at + 1, shapes.length - 1),
  ArrowUp: (at) => Math.max(at - 1, 0),
  ArrowLeft: (at) => data.moments[at].cause ?? at,
  ArrowRight: (at) => data.moments[at].sent.find(([, , , receipt]) => receipt !== null)?.[3] ?? at,
  Home: () => 0,
  End: () => shapes.length - 1,
  j: (at) => next(at, 1),
  k: (at) => next(at, -1),
};

document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || shapes.length === 0) return;
  if (event.key === 'Escape') choose(null);
  else if (Object.hasOwn(KEYS, event.key)) choose(chosen === null ? (event.key === 'Home' ? 0 : shapes.length - 1) : KEYS[event.key](chosen), true);
  else if ((event.key === 'Enter' || event.key === ' ') && event.target.dataset?.moment !== undefined) choose(Number(event.target.dataset.moment), true);
  else return;
  event.preventDefault();
});

document.querySelector('svg').addEventListener('click', (event) => {
  const shape = event.target.closest('[data-moment], [data-arrow]');
  if (shape === null) choose(null);
  else if (shape.dataset.moment !== undefined) choose(Number(shape.dataset.moment), true);
  else {
    const [from, to] = data.arrows[Number(shape.dataset.arrow)];
    choose(to ?? from, true);
  }
});

const wanted = /^#e(\\d+)$/.exec(location.hash);
choose(wanted !== null && Number(wanted[1]) < shapes.length ? Number(wanted[1]) : null, true);
`;
