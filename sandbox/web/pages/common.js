'use strict';

const asked = new URLSearchParams(location.search);
const language = (asked.get('lng') ?? navigator.language).startsWith('ru') ? 'ru' : 'en';
document.documentElement.lang = language;

const say = (key, values = {}) =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, value),
    texts[language][key],
  );

/** An element with attributes, listeners (`onclick`) and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return element;
}

const marks = { b: 'b', i: 'i', u: 'u', s: 's', code: 'code', quote: 'blockquote' };
const tagForm =
  /\[(\/?)(b|i|u|s|code|quote|url|br|user|chat|call|send|put|icon|img|color|size)(?:=([^\]]*))?\]|(\n)/gi;

/** BB code as a messenger shows it. Made of elements, never of markup: a bot may say anything. */
function shownText(text) {
  const root = make('span');
  const open = [root];
  let done = 0;
  for (const found of text.matchAll(tagForm)) {
    const [whole, slash, rawName, value = '', line] = found;
    open.at(-1).append(text.slice(done, found.index));
    done = found.index + whole.length;
    const name = (rawName ?? 'br').toLowerCase();
    if (line !== undefined || name === 'br') open.at(-1).append(make('br'));
    else if (slash === '/') {
      if (open.length > 1) open.pop();
    } else {
      const element = elementOf(name, value, text.slice(done));
      open.at(-1).append(element);
      if (name !== 'icon') open.push(element);
    }
  }
  open.at(-1).append(text.slice(done));
  return [root];
}

function elementOf(name, value, rest) {
  if (name !== 'url') return make(marks[name] ?? 'span');
  const address = value || rest.slice(0, rest.search(/\[\/url\]|$/i));
  return /^https?:\/\//i.test(address)
    ? make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' })
    : make('span');
}

const byId = (id) => document.getElementById(id);
const timeOf = (at) => new Date(at).toLocaleTimeString(language, { hourCycle: 'h23' });

/** Only where it is known. */
function showEditor(address) {
  byId('editor').hidden = address === undefined;
  if (address !== undefined) byId('editor').href = address;
}

async function ask(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

async function order(path, body, headers = {}) {
  tell('');
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'X-Bitlane-Sandbox': '1', ...headers },
    body,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
}

let isLost = false;

/** Again and again, as long as somebody looks. */
function keepLooking(look, everyMs) {
  const next = () => setTimeout(round, everyMs);
  const round = async () => {
    if (document.hidden) return next();
    try {
      await look();
      // What an order was refused for stays until the next one.
      if (isLost) tell('');
      isLost = false;
    } catch (fault) {
      isLost = true;
      tell(fault instanceof TypeError ? say('lost') : String(fault.message));
    }
    next();
  };
  round();
}

function tell(text) {
  const place = byId('trouble');
  if (place.textContent !== text) place.textContent = text;
  place.hidden = text === '';
}

/** Only when it has changed: what a person has opened or selected stays. */
function show(place, key, children) {
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  place.replaceChildren(...children());
}

for (const element of document.querySelectorAll('[data-text]'))
  element.textContent = say(element.dataset.text);
for (const element of document.querySelectorAll('[data-label]')) {
  element.setAttribute('aria-label', say(element.dataset.label));
  if ('placeholder' in element) element.placeholder = say(element.dataset.label);
}
for (const link of document.querySelectorAll('nav a'))
  if (link.pathname === location.pathname) link.ariaCurrent = 'page';
document.title = `Bitlane: ${say(location.pathname.slice(1))}`;
