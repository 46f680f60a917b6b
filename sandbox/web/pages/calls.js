'use strict';

const syncFlow = 'bitlane-calls-flow';
const shortTime = { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' };
let page = 0;

async function lookAtCalls() {
  const only = byId('only').checked ? 'sent' : '';
  const view = await ask(`/api/calls?page=${page}&only=${only}`);
  showEditor(view.editor && `${view.editor}#flow/${syncFlow}`);
  byId('counts').textContent = say('counts', view);
  byId('newer').disabled = page === 0;
  byId('older').disabled = (page + 1) * view.pageSize >= view.shown;
  view.calls.forEach(showRow);
  while (byId('rows').children.length > view.calls.length) byId('rows').lastChild.remove();
  show(byId('comments'), JSON.stringify(view.comments), () =>
    view.comments.map(({ card, at, text }) =>
      make(
        'li',
        {},
        make('p', { class: 'who' }, `${card} `, make('time', {}, timeOf(at))),
        make('p', { class: 'text' }, ...shownText(text.trim())),
      ),
    ),
  );
}

/** A row that is in its place already is not touched: its recording plays on, and what was opened stays open. */
function showRow(call, place) {
  const rows = byId('rows');
  const id = `call-${call.id}`;
  const row = byId(id) ?? make('tr', { id });
  const there = rows.children[place];
  if (there !== row) rows.insertBefore(row, there ?? null);
  const { talk, ...rest } = call;
  const cells = ['time', 'direction', 'who', 'phone', 'length', 'recording', 'talk'];
  while (row.children.length < cells.length)
    row.append(make('td', { class: `of-${cells[row.children.length]}` }));
  cellsOf(call).forEach((content, index) => {
    const isTalk = index === cells.length - 1;
    show(row.children[index], JSON.stringify(isTalk ? talk : rest), () => [content()].flat());
  });
}

function cellsOf({ id, startedAt, seconds, direction, operator, client, hasTalked, recording, talk }) {
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return [
    () => new Date(startedAt).toLocaleString(language, shortTime),
    () => say(direction),
    () => operator,
    () => client,
    () => (hasTalked ? length : say('missed')),
    () => recordingOf(id, recording),
    () => (talk ? talkOf(talk) : ''),
  ];
}

function recordingOf(id, recording) {
  const words = { none: 'noRecording', later: 'later', elsewhere: 'elsewhere' }[recording];
  if (words !== undefined) return say(words);
  const button = make('button', {
    onclick: () => {
      const player = make('audio', { controls: true, autoplay: true, src: `/api/recording?call=${id}` });
      button.replaceWith(player);
    },
  });
  button.textContent = say('listen');
  return button;
}

function talkOf({ id, at, fields, transcript }) {
  const said = transcript.map(({ who, text }) => make('p', {}, make('b', {}, `${say(who)}: `), text));
  const rows = Object.entries(fields).map(([name, value]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, value)),
  );
  return make(
    'details',
    {},
    make('summary', {}, `✓ ${timeOf(at)}${transcript.length > 0 ? `, ${say('hasTranscript')}` : ''}`),
    make('p', { class: 'quiet' }, id),
    make('h2', {}, say('transcript')),
    said.length > 0 ? said : make('p', { class: 'quiet' }, say('noTranscript')),
    make('h2', {}, say('fields')),
    make('table', {}, make('tbody', {}, rows)),
  );
}

byId('add').addEventListener('click', () => order('/api/calls', '').catch((fault) => tell(fault.message)));
byId('newer').addEventListener('click', () => (page = Math.max(0, page - 1)));
byId('older').addEventListener('click', () => (page += 1));
byId('only').addEventListener('change', () => (page = 0));

keepLooking(async () => {
  await lookAtCalls();
  await lookAtRequests();
}, 700);
