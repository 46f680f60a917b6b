'use strict';

const channelChoice = byId('channel');
const channel = () => channelChoice.value || asked.get('channel') || '';

async function act(name, more = {}) {
  try {
    await order('/api/act', JSON.stringify({ act: name, channel: channel(), ...more }));
  } catch (fault) {
    tell(fault.message);
  }
}

async function lookAtChat() {
  const view = await ask(`/api/chat?lng=${language}&channel=${encodeURIComponent(channel())}`);
  showEditor(view.editor);
  byId('channel-label').hidden = view.channels.length === 0;
  show(channelChoice, JSON.stringify(view.channels), () => {
    const chosen = channel();
    return view.channels.map(({ code, title, isReady }) =>
      make(
        'option',
        { value: code, selected: code === chosen },
        isReady ? title : `${title} (${say('notReady')})`,
      ),
    );
  });
  const chosen = view.channels.find(({ code }) => code === channel()) ?? view.channels[0];
  byId('flow').textContent = whoAnswers(chosen);
  // What is written before the bot is there would never be answered by it.
  for (const field of document.querySelectorAll('form :is(input, button), #file'))
    field.disabled = !chosen?.isReady;
  byId('typing').textContent = [
    ...view.typing.map((name) => `${name} ${say('typing')}`),
    ...(view.waits ? [say('waitsForFetch')] : []),
  ].join(' ');
  show(byId('commands'), `${channel()} ${chosen?.isReady} ${JSON.stringify(view.commands)}`, () =>
    chosen?.isReady ? commandButtons(view.commands) : [],
  );
  const { kind, name } = view.holder;
  const holder = kind === 'person' ? `${say('person')} ${name}` : say(kind);
  byId('holder').textContent = chosen?.isReady ? holder : '';
  byId('take').disabled = kind === 'none' || kind === 'person';
  byId('finish').disabled = kind === 'none';
  // Last, for what stands around them takes its room from them, and they are to show their end.
  const ofClient = view.messages.filter(({ author, reachesClient }) => author === 'client' || reachesClient);
  const empty = chosen?.isReady ? say('empty') : whatToDo(chosen);
  showTalk(byId('client'), withEnds(ofClient, view.finished), clientRow, empty);
  showTalk(byId('staff'), withEnds(view.messages, view.finished), staffRow, chosen?.isReady ? empty : '');
}

function whoAnswers(chosen) {
  if (!chosen?.isReady) return '';
  return chosen.flow === undefined ? say('ownBot') : say('flow', chosen);
}

const whatToDo = (chosen) => (chosen ? say('notReadyHint', chosen) : say('noBot'));

/** Each session that is over has a line after its last message. */
function withEnds(messages, finished) {
  const ends = finished.map(({ session, at, lastMessage }) => ({
    id: `end-${session}`,
    end: at,
    lastMessage,
  }));
  const placeOf = ({ id, end, lastMessage }) => (end === undefined ? id : lastMessage);
  // Of the two that stand at one place the message is the first.
  return [...messages, ...ends].sort((one, other) => placeOf(one) - placeOf(other));
}

function endRow({ id, end }) {
  return make(
    'li',
    { class: 'end', 'data-id': id },
    `${say('sessionFinished')} `,
    make('time', {}, timeOf(end)),
  );
}

function showTalk(place, messages, row, empty) {
  const isOther = place.dataset.channel !== channel();
  const isAtEnd = isOther || place.scrollTop + place.clientHeight > place.scrollHeight - 40;
  const before = place.dataset.shown;
  const rows = new Map([...place.children].map((there) => [there.dataset.id, there]));
  show(place, channel() + empty + JSON.stringify(messages), () =>
    messages.length > 0
      ? messages.map((message) =>
          sameOrNew(rows.get(String(message.id)), message, message.end === undefined ? row : endRow),
        )
      : [make('li', { class: 'quiet' }, empty)],
  );
  place.dataset.channel = channel();
  if (!isAtEnd || before === place.dataset.shown) return;
  scrollToEnd(place);
  // A picture takes its room as soon as it is there.
  for (const picture of place.querySelectorAll('img'))
    if (!picture.complete) picture.addEventListener('load', () => scrollToEnd(place), { once: true });
}

const scrollToEnd = (place) => (place.scrollTop = place.scrollHeight);

/** Only a message that has changed is shown anew; the button that was pressed for it keeps the focus. */
function sameOrNew(there, message, row) {
  const key = JSON.stringify(message);
  if (there?.dataset.shown === key) return there;
  const fresh = row(message);
  fresh.dataset.shown = key;
  const pressed = [...(there?.querySelectorAll('button') ?? [])].indexOf(document.activeElement);
  if (!there) return fresh;
  there.replaceWith(fresh);
  fresh.querySelectorAll('button')[pressed]?.focus();
  return fresh;
}

const clientRow = (message) =>
  messageRow(message, message.author === 'client', [...buttonRows(message), deeds(message)]);

function staffRow(message) {
  const isHidden = message.author !== 'client' && !message.reachesClient;
  const mark = isHidden ? make('p', { class: 'mark' }, say('staffOnly')) : undefined;
  return messageRow(message, message.author !== 'client', [mark]);
}

function messageRow({ id, author, authorName, text, files, edited, at, reactions }, isOwn, more) {
  return make(
    'li',
    { class: `${author} ${isOwn ? 'own' : ''}`, 'data-id': String(id) },
    make(
      'p',
      { class: 'who' },
      authorName,
      ' ',
      make('time', {}, timeOf(at)),
      edited ? ` (${say('edited')})` : '',
    ),
    text === '' ? undefined : make('div', { class: 'text' }, ...shownText(text)),
    files.map(shownFile),
    reactions.length > 0
      ? make('p', { class: 'quiet' }, reactions.map((name) => signs[name] ?? name).join(' '))
      : undefined,
    more,
  );
}

/** Of reactions. */
const signs = { like: '👍' };

function shownFile({ id, name, size }) {
  const address = `/api/file?id=${id}`;
  const picture = /\.(png|jpe?g|gif|webp)$/i.test(name)
    ? make('img', { src: address, alt: name })
    : undefined;
  return make(
    'p',
    {},
    make('a', { href: address, download: name }, picture ?? name),
    ` ${picture ? `${name}, ` : ''}${sizeOf(size)}`,
  );
}

const sizeOf = (bytes) =>
  bytes < 1024
    ? `${bytes} ${say('byte')}`
    : `${(bytes / 1024).toLocaleString(language, { maximumFractionDigits: 1 })} ${say('kilobyte')}`;

function buttonRows({ id, buttons }) {
  return buttons.map((row) =>
    make(
      'p',
      { class: 'row' },
      row.map(({ text, link }) =>
        link === undefined
          ? make('button', { onclick: () => act('press', { message: id, button: text }) }, text)
          : make('a', { class: 'button', href: link, target: '_blank', rel: 'noopener noreferrer' }, text),
      ),
    ),
  );
}

/** What a person can do with a message of the bot or with an own one. */
function deeds({ id, author, text }) {
  if (author === 'bot')
    return make(
      'p',
      { class: 'deeds' },
      deed('like', () => act('react', { message: id })),
    );
  if (author !== 'client') return undefined;
  return make(
    'p',
    { class: 'deeds' },
    deed('edit', () => {
      const changed = prompt(say('edit'), text);
      if (changed) act('edit', { message: id, text: changed });
    }),
    deed('remove', () => act('remove', { message: id })),
  );
}

const deed = (key, onclick) => make('button', { class: 'small', onclick }, say(key));

function commandButtons(commands) {
  const words = make(
    'span',
    { class: 'quiet' },
    commands.length > 0 ? say('commands') : `${say('commands')}: ${say('noCommands')}`,
  );
  const buttons = commands.map(({ name, title }) =>
    make('button', { title, onclick: () => act('command', { name }) }, `/${name}`),
  );
  return [words, ...buttons];
}

function sendOnSubmit(form, field, name) {
  byId(form).addEventListener('submit', (event) => {
    event.preventDefault();
    const text = byId(field).value;
    byId(field).value = '';
    scrollToEnd(byId(name === 'say' ? 'client' : 'staff'));
    const [, command, params = ''] = /^\/(\w+)\s*(.*)$/s.exec(text) ?? [];
    if (name === 'say' && command !== undefined) act('command', { name: command, params });
    else act(name, { text });
  });
}
sendOnSubmit('say', 'text', 'say');
sendOnSubmit('answer', 'answer-text', 'answer');

byId('file').addEventListener('change', async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  const query = new URLSearchParams({ channel: channel(), name: file.name });
  const type = file.type || 'application/octet-stream';
  await order(`/api/file?${query}`, file, { 'Content-Type': type }).catch((fault) => tell(fault.message));
  target.value = '';
});
byId('take').addEventListener('click', () => act('take'));
byId('finish').addEventListener('click', () => act('finish'));
channelChoice.addEventListener('change', () => {
  asked.set('channel', channel());
  history.replaceState(undefined, '', `?${asked}`);
});

keepLooking(async () => {
  await lookAtChat();
  await lookAtRequests();
}, 400);
