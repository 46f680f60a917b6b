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
  beginAnewWith(response.headers.get('X-Bitlane-Start'));
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}

let startSeen;

/** What is shown is of stand-ins that are gone, when others answer in their place. */
function beginAnewWith(start) {
  startSeen ??= start;
  if (start === startSeen) return;
  history.replaceState({ hasBegunAnew: true }, '');
  location.reload();
}

/** Said once, until something is done. */
function tellBeginning() {
  if (!history.state?.hasBegunAnew) return;
  history.replaceState(null, '');
  tell(say('begunAnew'));
}

async function order(path, body, headers = {}) {
  tell('');
  await post(path, body, headers);
}

/** With the language, in which what is done is answered. */
async function post(path, body, headers) {
  const address = `${path}${path.includes('?') ? '&' : '?'}lng=${language}`;
  const own = { 'X-Bitlane-Sandbox': '1', ...headers };
  const response = await fetch(address, { method: 'POST', headers: own, body });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
}

let isLost = false;
/** The stand-ins know in which language they are looked at: for the first time, or since they were started anew. */
let isTold = false;

/** Again and again, as long as somebody looks. */
function keepLooking(look, everyMs) {
  const next = () => setTimeout(round, everyMs);
  const round = async () => {
    if (document.hidden) return next();
    try {
      if (!isTold) await post('/api/language', '');
      isTold = true;
      await look();
      // What an order was refused for stays until the next one.
      if (isLost) tell('');
      isLost = false;
    } catch (fault) {
      isLost = true;
      isTold = false;
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

function offerOtherLanguage() {
  const other = language === 'ru' ? 'en' : 'ru';
  const link = byId('language');
  link.textContent = other.toUpperCase();
  link.ariaLabel = link.title = texts[other].ownName;
  link.lang = other;
  link.hreflang = other;
  // The channel may have been chosen since.
  link.addEventListener('click', () => (link.href = addressIn(other)));
  link.href = addressIn(other);
}

const addressIn = (lng) => `?${new URLSearchParams({ ...Object.fromEntries(asked), lng })}`;

/**
 * Only when it has changed: what a person has opened or selected stays. And what is in its place already is not
 * touched: a recording plays on, and what has the focus keeps it.
 */
function show(place, key, children) {
  if (place.dataset.shown === key) return;
  place.dataset.shown = key;
  const wanted = children();
  wanted.forEach((child, index) => {
    const there = place.childNodes[index];
    const node = typeof child === 'string' ? document.createTextNode(child) : child;
    if (there !== node) place.insertBefore(node, there ?? null);
  });
  while (place.childNodes.length > wanted.length) place.lastChild.remove();
}

for (const element of document.querySelectorAll('[data-text]'))
  element.textContent = say(element.dataset.text);
for (const element of document.querySelectorAll('[data-label]')) {
  element.setAttribute('aria-label', say(element.dataset.label));
  if ('placeholder' in element) element.placeholder = say(element.dataset.label);
}
for (const link of document.querySelectorAll('nav a[href]')) {
  if (link.pathname === location.pathname) link.ariaCurrent = 'page';
  // Whoever asked for a language goes on in it.
  if (asked.has('lng')) link.search = new URLSearchParams({ lng: language });
}
offerOtherLanguage();
tellBeginning();
document.title = `Bitlane: ${say(location.pathname.slice(1))}`;
