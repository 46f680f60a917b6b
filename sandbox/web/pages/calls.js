'use strict';

const syncFlow = 'bitlane-calls-flow';
/** Without the year: SpeechSense keeps sixty days, and the table has much to show in a narrow window. */
const shortTime = { day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const cells = ['time', 'direction', 'who', 'phone', 'length', 'recording', 'talk'];
let page = 0;

async function lookAtCalls() {
  const only = byId('only').checked ? 'sent' : '';
  const view = await ask(`/api/calls?lng=${language}&page=${page}&only=${only}`);
  showEditor(view.editor && `${view.editor}#flow/${syncFlow}`);
  byId('counts').textContent = say('counts', view);
  byId('newer').disabled = page === 0;
  byId('older').disabled = (page + 1) * view.pageSize >= view.shown;
  placeRows(view.calls.flatMap(rowsOf));
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
function placeRows(rows) {
  const body = byId('rows');
  rows.forEach((row, place) => {
    const there = body.children[place];
    if (there !== row) body.insertBefore(row, there ?? null);
  });
  while (body.children.length > rows.length) body.lastChild.remove();
}

/** Of the call, and below it one of its talk, which is opened by a button of the first. */
function rowsOf(call) {
  const row = callRow(call);
  if (!call.talk) return [row];
  const id = `talk-${call.id}`;
  const more =
    byId(id) ?? make('tr', { id, class: 'more', hidden: true }, make('td', { colspan: cells.length }));
  show(more.firstChild, JSON.stringify(call.talk), () => talkOf(call.talk));
  return [row, more];
}

function callRow(call) {
  const id = `call-${call.id}`;
  const row = byId(id) ?? make('tr', { id }, ...cells.map((name) => make('td', { class: `of-${name}` })));
  const { talk, ...rest } = call;
  cellsOf(call).forEach((content, index) => {
    const isTalk = index === cells.length - 1;
    show(row.children[index], JSON.stringify(isTalk ? talk : rest), () => [content()].flat());
  });
  return row;
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
    () => (talk ? opener(id, talk) : ''),
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

function opener(id, { at, transcript }) {
  const more = () => byId(`talk-${id}`);
  const button = make('button', {
    'aria-expanded': String(more()?.hidden === false),
    'aria-controls': `talk-${id}`,
    onclick: () => {
      more().hidden = !more().hidden;
      button.setAttribute('aria-expanded', String(!more().hidden));
    },
  });
  button.textContent = `✓ ${timeOf(at)}${transcript.length > 0 ? `, ${say('hasTranscript')}` : ''}`;
  return button;
}

function talkOf({ id, fields, transcript }) {
  const said = transcript.map(({ who, text }) => make('p', {}, make('b', {}, `${say(who)}: `), text));
  const rows = Object.entries(fields).map(([name, value]) =>
    make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, value)),
  );
  return [
    make('p', { class: 'quiet' }, id),
    make('h2', {}, say('transcript')),
    ...(said.length > 0 ? said : [make('p', { class: 'quiet' }, say('noTranscript'))]),
    make('h2', {}, say('fields')),
    make('table', {}, make('tbody', {}, rows)),
  ];
}

byId('add').addEventListener('click', () => order('/api/calls', '').catch((fault) => tell(fault.message)));
byId('newer').addEventListener('click', () => (page = Math.max(0, page - 1)));
byId('older').addEventListener('click', () => (page += 1));
byId('only').addEventListener('change', () => (page = 0));

keepLooking(async () => {
  await lookAtCalls();
  await lookAtRequests();
}, 700);
