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
  for (const field of document.querySelectorAll('form :is(input, button)')) field.disabled = !chosen;
  const key = channel() + JSON.stringify(view.messages);
  const ofClient = view.messages.filter(({ author, reachesClient }) => author === 'client' || reachesClient);
  showTalk(byId('client'), key, ofClient, clientRow);
  showTalk(byId('staff'), key, view.messages, staffRow);
  byId('typing').textContent = view.typing.map((name) => `${name} ${say('typing')}`).join(' ');
  show(byId('commands'), channel() + JSON.stringify(view.commands), () => commandButtons(view.commands));
  const { kind, name } = view.holder;
  byId('holder').textContent = kind === 'person' ? `${say('person')} ${name}` : say(kind);
  byId('take').disabled = kind === 'none' || kind === 'person';
  byId('finish').disabled = kind === 'none';
}

function whoAnswers(chosen) {
  if (!chosen) return say('noBot');
  if (!chosen.isReady) return say('notReadyHint', chosen);
  return chosen.flow === undefined ? say('ownBot') : `${say('flow')} «${chosen.flow}»`;
}

function showTalk(place, key, messages, row) {
  const isAtEnd = place.scrollTop + place.clientHeight > place.scrollHeight - 40;
  const before = place.dataset.shown;
  show(place, key, () =>
    messages.length > 0 ? messages.map(row) : [make('li', { class: 'quiet' }, say('empty'))],
  );
  if (isAtEnd && before !== key) place.scrollTop = place.scrollHeight;
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
    reactions.length > 0 ? make('p', { class: 'quiet' }, reactions.join(' ')) : undefined,
    more,
  );
}

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

const sizeOf = (bytes) => (bytes < 1024 ? `${bytes} B` : `${Math.ceil(bytes / 1024)} KB`);

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
